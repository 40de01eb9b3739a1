/** The stream of a watch: changes as lines of JSON, with bookmarks. */
import type { ServerResponse } from 'node:http';
import { apiVersion } from './kinds.ts';
import type { Kind } from './kinds.ts';
import type { ApiObject, Change, ObjectStore } from './object-store.ts';
import { selectionOf } from './selectors.ts';

/** What is watched. */
export interface Watched {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly query: URLSearchParams;
}

/**
 * Writes changes into an answer until it is closed or its time is over.
 *
 * @throws Refusal 410 before anything is written
 */
export function streamWatch(store: ObjectStore, watched: Watched, response: ServerResponse): void {
  const stream = new WatchStream(store, watched, response);
  const missed = stream.begin();
  response.writeHead(200, { 'content-type': 'application/json' });
  // Written also where there is nothing to tell: the client waits for the header.
  response.flushHeaders();
  for (const change of missed) stream.tell(change);
  const stop = store.subscribe((change) => stream.tell(change));
  const seconds = Number(watched.query.get('timeoutSeconds') ?? 1800);
  const end = setTimeout(() => response.end(), seconds * 1000);
  response.once('close', () => {
    clearTimeout(end);
    stop();
  });
}

class WatchStream {
  readonly #store: ObjectStore;
  readonly #watched: Watched;
  readonly #response: ServerResponse;
  readonly #chosen: (object: ApiObject) => boolean;

  constructor(store: ObjectStore, watched: Watched, response: ServerResponse) {
    this.#store = store;
    this.#watched = watched;
    this.#response = response;
    this.#chosen = selectionOf(watched.query);
  }

  /** What the watch has to tell first; a list where the client asked for one (`sendInitialEvents`) or named no version. */
  begin(): readonly (Change | 'bookmark')[] {
    const { kind, namespace, query } = this.#watched;
    const version = query.get('resourceVersion') ?? '';
    const wantsList = query.get('sendInitialEvents') === 'true';
    if (!wantsList && version !== '' && version !== '0') return this.#store.since(Number(version));
    const all = this.#store.list(kind, namespace).map((object): Change => {
      return { version: Number(object.metadata.resourceVersion), type: 'ADDED', kind, object, before: undefined };
    });
    return wantsList ? [...all, 'bookmark'] : all;
  }

  tell(change: Change | 'bookmark'): void {
    if (change === 'bookmark') return this.bookmark({ 'k8s.io/initial-events-end': 'true' });
    const { kind, namespace, name } = this.#watched;
    const { metadata } = change.object;
    if (change.kind !== kind) return;
    if (namespace !== undefined && metadata.namespace !== namespace) return;
    if (name !== undefined && metadata.name !== name) return;
    const type = this.#typeOf(change);
    if (type !== undefined) this.#write(type, change.object);
  }

  bookmark(annotations: Readonly<Record<string, string>> = {}): void {
    const { kind } = this.#watched;
    const metadata = { resourceVersion: String(this.#store.version), creationTimestamp: null, annotations };
    this.#write('BOOKMARK', { kind: kind.kind, apiVersion: apiVersion(kind), metadata });
  }

  /** An object that enters the view of a selector is added there, one that leaves it is deleted. */
  #typeOf({ type, object, before }: Change): Change['type'] | undefined {
    const was = before !== undefined && this.#chosen(before);
    const is = type !== 'DELETED' && this.#chosen(object);
    if (is) return was ? 'MODIFIED' : 'ADDED';
    return was ? 'DELETED' : undefined;
  }

  #write(type: string, object: unknown): void {
    this.#response.write(`${JSON.stringify({ type, object })}\n`);
  }
}
