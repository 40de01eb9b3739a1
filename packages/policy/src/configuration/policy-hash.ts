/** What makes two policies the same: a digest over everything a verdict depends on, in one form. */
import { createHash, X509Certificate } from 'node:crypto';
import type { Policy, Rule } from './policy.ts';
import type { UnhashedRule } from './read-rule.ts';

/** What rules stand in. */
export type HashedSurroundings = Omit<Policy, 'hash' | 'rules'>;

/** Gives every rule its hash: over itself without its position, its validator, and what counts for all. */
export function hashRules(rules: readonly UnhashedRule[], around: HashedSurroundings): readonly Rule[] {
  const { patternMatching, registries } = around;
  return rules.map(({ index, ...rule }) => {
    const validator = around.validators.get(rule.validator);
    return { ...rule, index, hash: digestOfForm({ rule, validator, patternMatching, registries }) };
  });
}

/** The hash of a whole policy; the order of rules belongs to it. */
export function hashPolicy(rules: readonly Rule[], around: HashedSurroundings): string {
  return digestOfForm({ ...around, rules: rules.map(({ hash }) => hash) });
}

function digestOfForm(value: { readonly [name: string]: unknown }): string {
  return `sha256:${createHash('sha256')
    .update(JSON.stringify(formOf(value)))
    .digest('hex')}`;
}

/** Members in the order of their names, maps as lists, keys and certificates as their bytes. */
function formOf(value: unknown): unknown {
  if (value instanceof X509Certificate) return value.raw.toString('base64');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Map) return sorted([...value.entries()].map(([name, inner]) => [String(name), inner]));
  if (Array.isArray(value)) return value.map(formOf);
  if (typeof value !== 'object' || value === null) return value;
  // A public key and a parsed certificate are told by their bytes; what was derived from those adds nothing.
  if ('spki' in value && 'fingerprint' in value) return ['key', value.fingerprint];
  if ('x509' in value && value.x509 instanceof X509Certificate)
    return ['certificate', value.x509.raw.toString('base64')];
  return sorted(Object.entries(value));
}

function sorted(entries: readonly (readonly [string, unknown])[]): unknown {
  return entries
    .filter(([, value]) => value !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => [name, formOf(value)]);
}
