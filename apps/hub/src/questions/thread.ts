/** A thread that answers questions from the snapshot it was given last. Started by `seat.ts`; keeps nothing else. */
import { parentPort, type MessagePort } from 'node:worker_threads';
import type { CvePageParts } from '../cves/detail.ts';
import { collectGarbage } from '../findings/collect-garbage.ts';
import { Desk } from '../visibility/desk.ts';
import { emptyWorkflow, type Workflow } from '../visibility/workflow.ts';
import { answer } from './answer.ts';
import type { FromThread, PublishedVersion, ToThread } from './messages.ts';
import type { Question, QuestionKind, Questions } from './question.ts';

const port = parentPort;
let desk: Desk | null = null;
let workflow: Workflow = emptyWorkflow;
let snapshots: MessagePort | null = null;

function useVersion({ snapshot, whole }: PublishedVersion): void {
  desk = new Desk(snapshot, whole);
  desk.useWorkflow(workflow);
  desk.prepare();
  setImmediate(collectGarbage);
  const message: FromThread = { type: 'version', version: snapshot.version };
  port?.postMessage(message);
}

function receive(message: ToThread): void {
  switch (message.type) {
    case 'snapshots':
      snapshots?.close();
      snapshots = message.port;
      snapshots.on('message', useVersion);
      break;
    case 'as-of':
      if (desk !== null) {
        desk.dataAsOf = message.dataAsOf;
      }
      break;
    case 'workflow':
      workflow = message.workflow;
      desk?.useWorkflow(workflow);
      break;
    case 'ask':
      reply(message.id, message.question);
      break;
  }
}

/** The page of a CVE comes as two lines, the first for the hub itself and the second for the browser; JSON holds no line breaks of its own. */
function textOf(answered: Questions[QuestionKind]['answer'], kind: QuestionKind): string {
  if (kind === 'cve-page' && answered !== null) {
    const { facts, page } = answered as CvePageParts;
    return `${JSON.stringify(facts)}\n${JSON.stringify(page)}`;
  }
  return JSON.stringify(answered);
}

function reply(id: number, question: Question): void {
  try {
    if (desk === null) {
      throw new Error('a question came before the first snapshot');
    }
    const text = textOf(answer(desk, question), question.kind);
    // Its own buffer: one from the pool could not be handed over to the other thread.
    const json = new Uint8Array(Buffer.byteLength(text));
    Buffer.from(json.buffer).write(text);
    const message: FromThread = { type: 'answer', id, json };
    port?.postMessage(message, [json.buffer]);
  } catch (error) {
    const message: FromThread = { type: 'failed', id, error };
    port?.postMessage(message);
  }
}

port?.on('message', receive);
