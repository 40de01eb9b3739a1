/** A thread that answers questions from the snapshot it was given last. Started by `seat.ts`; keeps nothing else. */
import { parentPort, type MessagePort } from 'node:worker_threads';
import { collectGarbage } from '../findings/collect-garbage.ts';
import { Desk } from '../visibility/desk.ts';
import { emptyWorkflow, type Workflow } from '../visibility/workflow.ts';
import { answer } from './answer.ts';
import type { FromThread, PublishedVersion, ToThread } from './messages.ts';
import type { Question } from './question.ts';

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

function reply(id: number, question: Question): void {
  try {
    if (desk === null) {
      throw new Error('a question came before the first snapshot');
    }
    const text = JSON.stringify(answer(desk, question));
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
