/** One request with what answering it may use. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { registryFault } from '../errors.ts';
import { fixedLimits } from '../limits.ts';
import type { RegistryLimits } from '../limits.ts';
import type { Store } from '../store/store.ts';

/** What all requests share. */
export interface Service {
  readonly store: Store;
  readonly limits: RegistryLimits;
  readonly readOnly: boolean;
  readonly deletes: boolean;
}

/** See the top of this file. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly service: Service;
}

/** Answers one method of one path; `parts` are what the pattern of the path caught. */
export type Handler = (exchange: Exchange, parts: readonly string[]) => Promise<void> | void;

/** A header with one value, undefined where it is missing. */
export function header({ request }: Exchange, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** The body, in a form that leaves the connection open for an answer when reading stops early. */
export function bodyOf({ request }: Exchange): AsyncIterable<Uint8Array> {
  return request.iterator({ destroyOnReturn: false });
}

/** Which part of a list is wanted. */
export interface PageWish {
  readonly most: number;
  /** Only what comes after this name. */
  readonly after: string | undefined;
}

/**
 * Reads `n` and `last`: distribution-spec 1.1 "Listing Tags".
 *
 * @throws Fault `page-size-invalid`
 */
export function pageWish({ query }: Exchange): PageWish {
  const text = query.get('n');
  const after = query.get('last') ?? undefined;
  if (text === null) return { most: fixedLimits.page, after };
  if (!/^\d{1,9}$/.test(text)) {
    throw registryFault({
      code: 'page-size-invalid',
      message: 'The number of entries (n) is not a number.',
      hint: `Give n as digits, up to ${fixedLimits.page}; leave it out for as many as fit.`,
    });
  }
  return { most: Math.min(Number(text), fixedLimits.page), after };
}

/** The part of a sorted list that is wanted, and the header that leads to the next one. */
export function pageOf(
  sorted: readonly string[],
  { most, after }: PageWish,
  { path, compare }: { readonly path: string; readonly compare: (left: string, right: string) => number },
): { readonly items: readonly string[]; readonly headers: Readonly<Record<string, string>> } {
  const rest = after === undefined ? sorted : sorted.filter((item) => compare(item, after) > 0);
  const items = rest.slice(0, most);
  const last = items.at(-1);
  // n=0 asks for nothing and would lead to itself for ever.
  if (items.length === rest.length || last === undefined) return { items, headers: {} };
  return { items, headers: { link: nextLink(path, { n: String(most), last }) } };
}

/** The header that leads to the next page: RFC 8288. */
export function nextLink(path: string, query: Readonly<Record<string, string>>): string {
  return `<${path}?${new URLSearchParams(query).toString()}>; rel="next"`;
}
