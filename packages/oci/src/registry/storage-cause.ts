/**
 * Why a registry could not store something. The reference registry hides it: HTTP 500, code `UNKNOWN`, and in `detail` the
 * storage driver's error, where the number of the operating system's error is the only hint. Others put it in words.
 */
import { excerpt } from '@pratique/runtime/fault';
import type { WireBody } from './wire-body.ts';

/** What is wrong with the storage behind a registry. */
export interface StorageCause {
  readonly problem: 'disk-full' | 'no-permission' | 'read-only' | 'quota';
  /** The path on the registry's side, where it was said. */
  readonly path?: string;
}

/** Numbers of Linux, `errno-base.h` and `errno.h`. */
const byErrno: Readonly<Record<number, StorageCause['problem']>> = {
  1: 'no-permission',
  13: 'no-permission',
  28: 'disk-full',
  30: 'read-only',
  122: 'quota',
};

const byWords: readonly (readonly [RegExp, StorageCause['problem']])[] = [
  [/\bENOSPC\b|no space left on device|disk (?:is )?full|insufficient storage/i, 'disk-full'],
  [/\bEDQUOT\b|quota (?:has been |is |was )?(?:exceeded|reached)|exceed\w* .{0,40}quota|disk quota/i, 'quota'],
  [/\bEROFS\b|read-?only file ?system/i, 'read-only'],
  [
    /\bEACCES\b|\bEPERM\b|(?:mkdir|open|write|rename|create|unlink|remove|chmod)\b.{0,300}(?:permission denied|operation not permitted)/i,
    'no-permission',
  ],
  // As Python programs print it: `OSError: [Errno 28] …`.
];

/** How deep and how much of `detail` is searched: a foreign object may be anything. */
const most = { depth: 12, nodes: 2_000, text: 4_000 };

/**
 * Looks for a storage problem in everything the registry said.
 *
 * @param permission Whether bare words such as “permission denied” may be taken for the storage's: true for 5xx answers; with 401
 *   and 403 they are about the account.
 */
export function findStorageCause(body: WireBody, permission: boolean): StorageCause | undefined {
  const search = new Search(permission);
  for (const error of body.errors) {
    search.visit(error.detail, 0);
    search.words(error.message);
  }
  if (body.errors.length === 0) search.words(body.text);
  return search.found();
}

class Search {
  readonly #permission: boolean;
  #nodes = 0;
  #problem: StorageCause['problem'] | undefined;
  #path: string | undefined;

  constructor(permission: boolean) {
    this.#permission = permission;
  }

  found(): StorageCause | undefined {
    if (this.#problem === undefined) return undefined;
    return this.#path === undefined ? { problem: this.#problem } : { problem: this.#problem, path: this.#path };
  }

  visit(value: unknown, depth: number): void {
    this.#nodes += 1;
    if (depth > most.depth || this.#nodes > most.nodes) return;
    if (typeof value === 'string') this.words(value);
    else if (Array.isArray(value)) for (const entry of value) this.visit(entry, depth + 1);
    else if (typeof value === 'object' && value !== null) this.#object(value as Record<string, unknown>, depth);
  }

  words(text: string): void {
    if (this.#problem !== undefined) return;
    const short = text.slice(0, most.text);
    const errno = /\[Errno (\d{1,3})\]/.exec(short)?.[1];
    const said = byWords.find(([pattern]) => pattern.test(short))?.[1];
    const bare =
      this.#permission && /permission denied|operation not permitted/i.test(short) ? 'no-permission' : undefined;
    this.#problem = (errno === undefined ? undefined : byErrno[Number(errno)]) ?? said ?? bare;
    if (this.#problem !== undefined) this.#path ??= pathIn(short);
  }

  #object(value: Record<string, unknown>, depth: number): void {
    const number = value.Err ?? value.errno ?? value.Errno;
    const problem = typeof number === 'number' ? byErrno[number] : undefined;
    if (problem !== undefined && this.#problem === undefined) {
      this.#problem = problem;
      const path = value.Path ?? value.path;
      if (typeof path === 'string') this.#path = excerpt(path, 200);
    }
    for (const entry of Object.values(value)) this.visit(entry, depth + 1);
  }
}

/** The path in messages such as `mkdir /var/lib/registry/docker: permission denied`. */
function pathIn(text: string): string | undefined {
  const path = /(?:^|[\s'"])(\/[^\s:'"]{1,200})/.exec(text)?.[1];
  return path === undefined ? undefined : excerpt(path, 200);
}
