import type { Pair } from '@pratique/hub/contract';

/** Which namespaces a statement grants. `wildcard` comes alone. */
export interface NamespaceStatement {
  readonly wildcard: boolean;
  /** Without duplicates, in the order given. */
  readonly pairs: readonly Pair[];
}

/** A contact address stated for a pair. */
export interface StatedContact extends Pair {
  readonly email: string;
}

/**
 * Reads `ns1:cluster-a,ns2:cluster-b` or `*` (the grammar of `X-Forwarded-Namespaces`). Entries that are no pair are
 * passed over, so a `*` among others grants nothing; the first colon separates, because cluster names may hold more.
 */
export function parseNamespaces(text: string | undefined): NamespaceStatement {
  const whole = text?.trim() ?? '';
  if (whole === '*') return { wildcard: true, pairs: [] };
  return { wildcard: false, pairs: distinctPairs(whole.split(',').map(parsePair)) };
}

/** As {@link parseNamespaces}, where the source is a claim: text of the same grammar, or an array of its entries. */
export function parseNamespaceClaim(claim: unknown): NamespaceStatement {
  if (typeof claim === 'string') return parseNamespaces(claim);
  const entries = textEntries(claim);
  // As in the header, a wildcard counts only when nothing stands beside it.
  if (entries.length === 1 && entries[0]?.trim() === '*') return { wildcard: true, pairs: [] };
  return { wildcard: false, pairs: distinctPairs(entries.map(parsePair)) };
}

/** Reads a comma list of groups; case is kept, because group names are compared exactly. */
export function parseGroups(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** As {@link parseGroups}, from a claim: an array of names or a comma list. */
export function parseGroupClaim(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return parseGroups(claim);
  return textEntries(claim)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/**
 * Reads `ns:cluster=mail,…` (the grammar of `X-Forwarded-Namespace-Emails`). The last `=` separates. Entries that are
 * malformed, whose address is none, or that would not fit their columns are passed over: a contact is worth less than
 * the request that carries it. The last address of a pair wins.
 */
export function parseNamespaceEmails(text: string | undefined): readonly StatedContact[] {
  const contacts = new Map<string, StatedContact>();
  for (const item of (text ?? '').split(',')) {
    const at = item.lastIndexOf('=');
    const pair = at < 0 ? null : parsePair(item.slice(0, at));
    const email = item.slice(at + 1).trim();
    if (pair === null || !isMailAddress(email) || pair.namespace.length > 255 || pair.cluster_name.length > 255)
      continue;
    contacts.set(pairKey(pair), { ...pair, email });
  }
  return [...contacts.values()];
}

// The pattern of HTML's <input type=email>: no quoting, no comments, nothing a mail header could be broken with.
const mailAddress =
  /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

/** Whether text is one plain mail address that fits its column. */
export function isMailAddress(text: string): boolean {
  return text.length <= 255 && mailAddress.test(text);
}

/** A pair as one text; no name can contain the separator, because header values hold no control characters. */
export function pairKey(pair: Pair): string {
  return `${pair.namespace}\u0000${pair.cluster_name}`;
}

function parsePair(item: string): Pair | null {
  const colon = item.indexOf(':');
  if (colon < 0) return null;
  const namespace = item.slice(0, colon).trim();
  const clusterName = item.slice(colon + 1).trim();
  // PostgreSQL has no NUL in text, and no name of Kubernetes has one.
  if (namespace === '' || clusterName === '' || item.includes('\u0000')) return null;
  return { namespace, cluster_name: clusterName };
}

function distinctPairs(found: readonly (Pair | null)[]): readonly Pair[] {
  const distinct = new Map<string, Pair>();
  for (const pair of found) {
    if (pair !== null && !distinct.has(pairKey(pair))) distinct.set(pairKey(pair), pair);
  }
  return [...distinct.values()];
}

function textEntries(claim: unknown): readonly string[] {
  return Array.isArray(claim) ? claim.filter((item): item is string => typeof item === 'string') : [];
}
