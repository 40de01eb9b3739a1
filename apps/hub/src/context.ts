import type { FastifyReply } from 'fastify';
import type { Kysely } from 'kysely';
import type { Pool } from 'pg';
import type { Log } from '@pratique/runtime/log';
import type { HubConfig } from './config.ts';
import type { AppDatabase } from './database/schema.ts';
import { hubFault } from './errors.ts';
import type { CentralLive } from './findings/central-live.ts';
import type { FindingsSource } from './findings/source.ts';
import type { Caller } from './identity/caller.ts';
import { hasNamespaces, seesAll } from './identity/caller.ts';
import type { Lane, QuestionPool } from './questions/pool.ts';
import type { Question, QuestionKind, Questions } from './questions/question.ts';
import type { Viewer } from './visibility/viewer.ts';
import type { WorkflowKeeper } from './visibility/workflow-keeper.ts';
import type { Workflow } from './visibility/workflow.ts';
import { Fault } from '@pratique/runtime/fault';

/** What a request may use. Built once by `start.ts`; tests replace single parts. */
export interface HubContext {
  readonly config: HubConfig;
  readonly version: string;
  readonly log: Log;
  readonly db: Kysely<AppDatabase>;
  /** The connections under `db`, for statements asked so often that planning them would show. */
  readonly pool: Pool;
  readonly source: FindingsSource;
  readonly questions: QuestionPool;
  readonly central: CentralLive;
  readonly workflow: WorkflowKeeper;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Data older than this many poll intervals is marked stale. */
const staleIntervals = 3;

/** A caller as visibility sees them. */
export function viewerOf(caller: Caller): Viewer {
  return {
    userId: caller.id,
    reach: caller.reach,
    isSecTeam: caller.isSecTeam,
    seesAll: seesAll(caller),
    hasNamespaces: hasNamespaces(caller),
  };
}

/**
 * Answers a question from the newest snapshot and the workflow as of now, as JSON in bytes.
 * @throws Fault `source-never-read` (or why the source cannot be read) while there is no snapshot: "could not look" is not "nothing found"
 */
export async function ask<K extends QuestionKind>(
  context: HubContext,
  viewer: Viewer,
  question: { readonly kind: K; readonly ask: Questions[K]['ask'] },
): Promise<Uint8Array<ArrayBuffer>> {
  requireData(context);
  const put = () => context.questions.ask(question as unknown as Question, laneOf(viewer));
  const assumed = context.workflow.revision;
  const looking = context.workflow.refresh();
  // Hardly ever has the workflow changed: answer from what is known while the database is asked whether it has.
  const early = assumed === null ? null : put();
  early?.catch(() => undefined);
  const { revision } = await looking;
  return early !== null && revision === assumed ? early : put();
}

/** The same, read back: for answers that are small or become part of something else. */
export async function askValue<K extends QuestionKind>(
  context: HubContext,
  viewer: Viewer,
  question: { readonly kind: K; readonly ask: Questions[K]['ask'] },
): Promise<Questions[K]['answer']> {
  const json = await ask(context, viewer, question);
  return JSON.parse(Buffer.from(json.buffer).toString('utf8')) as Questions[K]['answer'];
}

/** Sends JSON a question thread has written already, saying how old the data behind it is. */
export function sendJson(context: HubContext, reply: FastifyReply, json: Uint8Array): FastifyReply {
  markAge(context, reply);
  return reply.type('application/json; charset=utf-8').send(Buffer.from(json.buffer, json.byteOffset, json.byteLength));
}

/** The members of `added` and of an object that is JSON already, which need not be read for it; both have at least one. */
export function joinedObjects(added: object, json: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${JSON.stringify(added).slice(0, -1)},`), json.subarray(1)]);
}

/** `X-Data-As-Of`, and `X-Data-Stale` when the source has not been reached for several intervals. */
export function markAge(context: HubContext, reply: FastifyReply): void {
  const asOf = context.source.state?.dataAsOf;
  if (asOf != null) {
    void reply.header('x-data-as-of', asOf.toISOString());
    if (isStale(context)) {
      void reply.header('x-data-stale', 'true');
    }
  }
}

/** Whether the data is older than a healthy reader would let it become. */
export function isStale(context: HubContext): boolean {
  const asOf = context.source.state?.dataAsOf?.getTime() ?? 0;
  return context.now() - asOf > staleIntervals * context.config.snapshot.intervalSeconds * 1000;
}

function requireData({ source }: HubContext): void {
  if (source.loadedVersion > 0) {
    return;
  }
  const problem = source.state?.problem ?? null;
  if (problem !== null) {
    throw new Fault({ code: problem.code, message: problem.message, hint: problem.hint });
  }
  throw hubFault({
    code: 'source-never-read',
    message: 'StackRox has not been read completely yet, so nothing can be said about any CVE.',
    hint: 'The first reading of a large installation takes minutes; /api/source tells how it goes.',
  });
}

function laneOf(viewer: Viewer): Lane {
  return viewer.seesAll ? { kind: 'fleet' } : { kind: 'team', key: viewer.userId };
}

/** The workflow as of now, for handlers that need its figures themselves. */
export function workflowNow(context: HubContext): Promise<Workflow> {
  return context.workflow.refresh();
}
