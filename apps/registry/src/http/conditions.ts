/** Conditions of a change: RFC 9110 `If-Match` and `If-None-Match`, with digests as entity tags. */
import { registryFault } from '../errors.ts';
import type { Digest } from '../names.ts';
import type { Condition } from '../store/manifests.ts';
import { header } from './exchange.ts';
import type { Exchange } from './exchange.ts';

/** The entity tag of content: its digest. */
export function entityTag(digest: Digest): string {
  return `"${digest}"`;
}

/**
 * What the headers ask of the state before the change, so that two signers who add to one tag cannot lose each other's work.
 * The condition throws Fault `condition-failed` with the present digest.
 */
export function conditionOf(exchange: Exchange): Condition {
  const match = listed(header(exchange, 'if-match'));
  const noneMatch = listed(header(exchange, 'if-none-match'));
  return (current) => {
    const isWanted = match === undefined || holds(match, current);
    const isUnwanted = noneMatch !== undefined && holds(noneMatch, current);
    if (isWanted && !isUnwanted) return;
    throw registryFault({
      code: 'condition-failed',
      message: current === undefined ? 'There is nothing here now.' : `It is ${current} now.`,
      hint: 'Somebody else changed it meanwhile: read it again, add to what is there, and send that.',
      values: { current: current ?? null },
    });
  };
}

/** Whether the client already has this content. */
export function isUnchanged(exchange: Exchange, digest: Digest): boolean {
  const known = listed(header(exchange, 'if-none-match'));
  return known !== undefined && holds(known, digest);
}

function holds(tags: readonly string[], current: Digest | undefined): boolean {
  return current !== undefined && (tags.includes('*') || tags.includes(current));
}

/** Quotes and the mark of weak tags do not matter: a digest is the content. */
function listed(text: string | undefined): readonly string[] | undefined {
  return text?.split(',').map((tag) => tag.trim().replace(/^(?:W\/)?"(.*)"$/, '$1'));
}
