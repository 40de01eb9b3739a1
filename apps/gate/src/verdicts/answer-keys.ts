/** Under what an answer is kept (CAC-3). Whatever the answer depends on is in the key, so a change of policy needs no clearing. */
import { createHash } from 'node:crypto';
import type { Rule } from '@pratique/policy';

/** What was asked: an image text under a rule of a policy. */
export interface AskedImage {
  readonly policyHash: string;
  readonly rule: Pick<Rule, 'hash' | 'match'>;
  readonly namespace: string;
  /** As it stands in the workload. */
  readonly image: string;
}

/** The key of an answer for an image text. Namespaces are part of it only where the rule looks at them. */
export function imageKey({ policyHash, rule, namespace, image }: AskedImage): string {
  const scope = rule.match === undefined ? '' : namespace;
  return `v1:${short(policyHash)}:${scope}:${short(rule.hash)}:${image}`;
}

/**
 * The key of an answer for the content itself: signatures of a digest stay what they are, whatever tag leads to it.
 *
 * @param repository `registry/repository`
 */
export function digestKey(asked: Pick<AskedImage, 'policyHash' | 'rule'>, repository: string, digest: string): string {
  return `d1:${short(asked.policyHash)}:${short(asked.rule.hash)}:${repository}@${digest}`;
}

/** The key under which it is kept that an image text was accepted under a rule (CAC-10). */
export function ledgerKey(ruleHash: string, image: string): string {
  return `l1:${short(ruleHash)}:${image}`;
}

/** The key of the last accepted answer of an image text, for when its registry is away. */
export function lastGoodKey(asked: AskedImage): string {
  return `g1:${imageKey(asked)}`;
}

// Hashes come with their algorithm before them; 128 bits are enough to tell policies apart and keep keys short.
function short(hash: string): string {
  return /^sha256:[0-9a-f]{64}$/.test(hash)
    ? hash.slice(7, 39)
    : createHash('sha256').update(hash).digest('hex').slice(0, 32);
}
