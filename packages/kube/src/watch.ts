/** Objects as they are and as they change, across dropped connections and versions the server has forgotten. */
import { setTimeout as pause } from 'node:timers/promises';
import { isFault } from '@pratique/runtime/fault';
import Type from 'typebox';
import { Value } from 'typebox/value';
import type { ApiAnswer, Transport } from './connection/transport.ts';
import { connectionFault } from './connection/connection-faults.ts';
import { kubeFault } from './errors.ts';
import { answerMs, backoffMs, objectBytes, watchSeconds } from './limits.ts';
import { listAll, nameIn, selectionQuery } from './listing.ts';
import type { Selection } from './listing.ts';
import { asKubeObject } from './object.ts';
import type { KubeObject } from './object.ts';
import { describePlace, objectPath } from './resource.ts';
import type { KubeResource } from './resource.ts';
import { readStatus, statusFault, statusFrom } from './status-faults.ts';

/** What a watch tells. */
export type WatchEvent =
  /** All objects as they are; whatever was known before and is not in it is gone. First of all, and after every resync. */
  | { readonly type: 'listed'; readonly items: readonly KubeObject[] }
  | { readonly type: 'added' | 'modified' | 'deleted'; readonly object: KubeObject }
  /** Nothing is known of changes for now; the watch goes on by itself after the pause. */
  | { readonly type: 'interrupted'; readonly fault: Error; readonly retryMs: number };

/** What is watched. */
export interface WatchRequest extends Selection {
  /** Ends the watch; it then simply ends, without an error. */
  readonly signal: AbortSignal;
  /** Lists anew after so many milliseconds, whatever happened meanwhile; never where absent. */
  readonly resyncMs?: number;
}

/** Time and chance of the program. */
export interface WatchTools {
  readonly now: () => Date;
  /** Between 0 and 1. */
  readonly random: () => number;
}

/**
 * Lists and watches until the signal fires. Events wait until they are taken: a slow reader slows the connection, and
 * nothing is kept in memory for it. Connections that drop are taken up where they ended, after a pause that doubles with
 * each failure; a version the server has forgotten (410) is followed by a new list.
 *
 * @example
 * for await (const event of watchObjects(transport, resources.secrets, { namespace, signal }, tools)) …
 */
export async function* watchObjects(
  transport: Transport,
  resource: KubeResource,
  request: WatchRequest,
  tools: WatchTools,
): AsyncGenerator<WatchEvent, void, undefined> {
  const place = new Progress(request, tools);
  while (!request.signal.aborted) {
    try {
      if (place.mustList) {
        const { items, resourceVersion } = await listAll(transport, resource, request);
        place.listed(resourceVersion);
        yield { type: 'listed', items };
      }
      for await (const event of changes(transport, resource, request, place)) yield event;
      if (!place.endedIdle()) continue;
      await rest(place.pauseMs(), request.signal);
    } catch (error) {
      if (request.signal.aborted) return;
      if (isFault(error, 'api-gone')) place.forget();
      const retryMs = place.failed(error);
      if (retryMs === 0) continue;
      yield { type: 'interrupted', fault: asError(error), retryMs };
      await rest(retryMs, request.signal);
    }
  }
}

/** Where a watch stands. */
class Progress {
  version = '';
  readonly #request: WatchRequest;
  readonly #tools: WatchTools;
  #listedAt = 0;
  #failures = 0;
  #seen = false;

  constructor(request: WatchRequest, tools: WatchTools) {
    this.#request = request;
    this.#tools = tools;
  }

  get mustList(): boolean {
    const { resyncMs } = this.#request;
    return this.version === '' || (resyncMs !== undefined && this.#age() >= resyncMs);
  }

  /** Seconds until this watch request should end: at most until the next resync. */
  get seconds(): number {
    const { resyncMs } = this.#request;
    const left = resyncMs === undefined ? watchSeconds : Math.ceil((resyncMs - this.#age()) / 1000);
    return Math.max(1, Math.min(watchSeconds, left));
  }

  listed(version: string): void {
    this.version = version;
    this.#listedAt = this.#tools.now().getTime();
  }

  /** Something arrived: the connection works. */
  moved(version: string | undefined): void {
    if (version !== undefined && version !== '') this.version = version;
    this.#failures = 0;
    this.#seen = true;
  }

  forget(): void {
    this.version = '';
  }

  /** Whether the watch ended without having told anything, which must not be repeated without a pause. */
  endedIdle(): boolean {
    const idle = !this.#seen;
    this.#seen = false;
    if (idle) this.#failures += 1;
    return idle;
  }

  /** Milliseconds to wait after a failure; none after the first 410, which is only about age. */
  failed(error: unknown): number {
    this.#seen = false;
    this.#failures += 1;
    return isFault(error, 'api-gone') && this.#failures === 1 ? 0 : this.pauseMs();
  }

  pauseMs(): number {
    const whole = Math.min(backoffMs.longest, backoffMs.first * 2 ** Math.min(16, this.#failures - 1));
    return Math.round(whole * (0.5 + this.#tools.random() / 2));
  }

  #age(): number {
    return this.#tools.now().getTime() - this.#listedAt;
  }
}

async function* changes(
  transport: Transport,
  resource: KubeResource,
  request: WatchRequest,
  progress: Progress,
): AsyncGenerator<WatchEvent, void, undefined> {
  const place = { namespace: request.namespace };
  const asked = { verb: 'watch', resource, place: { ...place, name: nameIn(request) } } as const;
  const query = selectionQuery(request);
  query.set('watch', 'true');
  query.set('allowWatchBookmarks', 'true');
  query.set('resourceVersion', progress.version);
  query.set('timeoutSeconds', String(progress.seconds));
  // A connection that is dead without saying so ends when the server would have ended it anyway.
  const overdue = AbortSignal.timeout(progress.seconds * 1000 + answerMs);
  const path = `${objectPath(resource, place)}?${query.toString()}`;
  const signal = AbortSignal.any([request.signal, overdue]);
  const answer = await transport.send({ method: 'GET', path, headerMs: answerMs, signal });
  if (answer.status !== 200) throw statusFault(answer.status, await readStatus(answer), asked);
  for await (const line of lines(answer, transport)) {
    const { type, object } = eventIn(line);
    if (type === 'ERROR')
      throw statusFault(statusFrom(object)?.code ?? 500, statusFrom(object) ?? { kind: 'Status' }, asked);
    const what = describePlace(resource);
    const known = asKubeObject(object, what);
    progress.moved(known.metadata.resourceVersion);
    if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') yield { type: words[type], object: known };
  }
}

const words = { ADDED: 'added', MODIFIED: 'modified', DELETED: 'deleted' } as const;
const Frame = Type.Object({
  type: Type.Enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: Type.Unknown(),
});

function eventIn(line: Buffer) {
  try {
    const frame: unknown = JSON.parse(line.toString('utf8'));
    if (Value.Check(Frame, frame)) return frame;
  } catch {
    // Falls through: both are the same mistake of the server.
  }
  throw kubeFault({
    code: 'api-answer-invalid',
    message: 'The API server sent something in a watch that is not an event.',
    hint: 'Check whether a proxy in front of the API server changes or cuts what it sends.',
  });
}

/** One event per line; a line is no longer than the largest object. */
async function* lines({ body }: ApiAnswer, { server }: Transport): AsyncGenerator<Buffer, void, undefined> {
  let parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      let from = 0;
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
        const line = Buffer.concat([...parts, chunk.subarray(from, end)]);
        [parts, size, from] = [[], 0, end + 1];
        if (line.length > 0) yield line;
      }
      parts.push(chunk.subarray(from));
      size += chunk.length - from;
      if (size > objectBytes) throw tooLong();
    }
  } catch (error) {
    throw connectionFault(error, server);
  } finally {
    body.destroy();
  }
}

function tooLong(): Error {
  return kubeFault({
    code: 'api-answer-too-large',
    message: `An event of a watch is larger than ${objectBytes} bytes.`,
    hint: 'An object of this size does not fit into etcd as it is set up by default; look at who writes it.',
    values: { limitBytes: objectBytes },
  });
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
