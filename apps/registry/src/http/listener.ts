/** Answers requests: who asks, what is asked, and what came of it, in one line of the log. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { excerpt, Fault, isFault } from '@pratique/runtime/fault';
import type { Log } from '@pratique/runtime/log';
import type { Gatekeeper } from '../access/gatekeeper.ts';
import { registryFault } from '../errors.ts';
import { replyError, statusOf } from './answers.ts';
import type { Service } from './exchange.ts';
import { findRoute, notOffered } from './router.ts';
import type { Act } from './router.ts';

/** What happened to one request, for metrics. */
export interface Answered {
  readonly endpoint: string;
  readonly method: string;
  readonly status: number;
  readonly ms: number;
}

/** What {@link createListener} works with. */
export interface ListenerParts {
  readonly service: Service;
  readonly gatekeeper: Gatekeeper;
  readonly log: Log;
  readonly isStopping: () => boolean;
  readonly onAnswered: (answered: Answered) => void;
  /** Told of every error of the disk, and, with undefined, of every write that went well. */
  readonly onStorage: (fault: Fault | undefined) => void;
}

/** What is learnt of a request on the way to its answer. */
interface Seen {
  endpoint: string;
  user: string | undefined;
}

/** Makes the function a server calls for each request. */
export function createListener(parts: ListenerParts): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const begun = performance.now();
    const seen: Seen = { endpoint: 'none', user: undefined };
    // A connection that breaks ends the work on it; without listeners it would end the process.
    response.on('error', () => undefined);
    response.once('close', () => {
      const { method = '' } = request;
      const ms = Math.round(performance.now() - begun);
      const status = response.headersSent ? response.statusCode : 499;
      parts.onAnswered({ endpoint: seen.endpoint, method, status, ms });
      // What changes an image is worth a line always; everything else only to who asks for it.
      const level = seen.endpoint === 'manifest' && (method === 'PUT' || method === 'DELETE') ? 'info' : 'debug';
      const { user } = seen;
      parts.log[level]({ method, path: excerpt(request.url ?? '', 300), status, ms, user }, 'answered');
    });
    answer(parts, request, response, seen).catch((error: unknown) => fail(parts, request, response, error));
  };
}

async function answer(
  { service, gatekeeper, isStopping, onStorage }: ListenerParts,
  request: IncomingMessage,
  response: ServerResponse,
  seen: Seen,
): Promise<void> {
  response.setHeader('docker-distribution-api-version', 'registry/2.0');
  response.setHeader('x-content-type-options', 'nosniff');
  const found = findRoute(request.method ?? '', request.url ?? '');
  seen.endpoint = found.endpoint;
  if (isStopping() && found.endpoint === 'uploads') throw stopping();
  seen.user = await gatekeeper.admit(request, response, found.act);
  refuseSwitchedOff(service, found.act);
  await found.handle({ request, response, query: found.query, service }, found.parts);
  if (found.act === 'write') onStorage(undefined);
}

function refuseSwitchedOff({ readOnly, deletes }: Service, act: Act): void {
  if (readOnly && (act === 'write' || act === 'delete')) throw notOffered([], 'This registry is read-only.');
  if (!deletes && act === 'delete') throw notOffered([], 'Deleting is switched off in this registry.');
}

function fail(parts: ListenerParts, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const { log, onStorage } = parts;
  if (isFault(error, 'operation-unsupported') && Array.isArray(error.values['allowed'])) {
    response.setHeader('allow', error.values['allowed'].join(', '));
  }
  const isGone = request.destroyed && !request.complete;
  if (error instanceof Fault && statusOf(error) >= 500) {
    onStorage(error);
    log.error({ err: error }, 'a request failed');
  } else if (!(error instanceof Fault) && !isGone && !isBrokenPipe(error)) {
    log.error({ err: error }, 'a request met a defect');
  }
  // Half an answer cannot be taken back; ending the connection tells the client that it is not whole.
  if (response.headersSent) return void response.destroy();
  replyError(request, response, error);
}

function isBrokenPipe(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}

function stopping() {
  return registryFault({
    code: 'registry-stopping',
    message: 'The registry is stopping.',
    hint: 'Try again when it is back.',
  });
}
