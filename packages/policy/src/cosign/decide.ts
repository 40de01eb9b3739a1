/** Which trust roots have to be looked at, and whether those that hold are enough (COS-1, COS-10). Knows no signatures. */
import type { RuleOptions } from '../configuration/policy.ts';

/** What of a rule decides how many trust roots are needed. */
export type RootDemand = Pick<RuleOptions, 'trustRoot' | 'threshold' | 'required'>;

/**
 * The trust roots that are evaluated, in the order of the configuration.
 *
 * @returns the name that does not exist, where one is asked for that does not
 */
export function evaluatedRoots(
  { trustRoot, threshold, required }: RootDemand,
  names: readonly string[],
): { readonly roots: readonly string[] } | { readonly unknown: string } {
  const asked = trustRoot === '*' ? required : [trustRoot, ...required];
  const unknown = asked.find((name) => !names.includes(name));
  if (unknown !== undefined) return { unknown };
  if (trustRoot !== '*') return { roots: [trustRoot] };
  const wanted = new Set(required);
  if (wanted.size === 0 || threshold > wanted.size) return { roots: names };
  return { roots: names.filter((name) => wanted.has(name)) };
}

/** The signers (fingerprints of keys) that hold for each trust root; a trust root without any is absent or empty. */
export type Holding = ReadonlyMap<string, ReadonlySet<string>>;

/** Whether what holds is enough. */
export type Decision =
  | { readonly state: 'reached'; readonly count: number }
  | { readonly state: 'below-threshold'; readonly count: number; readonly threshold: number }
  | { readonly state: 'missing'; readonly count: number; readonly missing: readonly string[] }
  | { readonly state: 'none' };

/**
 * Decides over the trust roots that were evaluated. Each key counts once and each trust root once: one key under two names is
 * still one signer, and one signer who signs twice as well.
 *
 * @param evaluated as {@link evaluatedRoots} says
 */
export function decide(demand: RootDemand, evaluated: readonly string[], holding: Holding): Decision {
  const holds = evaluated.filter((name) => (holding.get(name)?.size ?? 0) > 0);
  const count = distinctSigners(holds, holding);
  const threshold = effectiveThreshold(demand, evaluated.length);
  if (threshold !== undefined && count < threshold) return { state: 'below-threshold', count, threshold };
  const missing = [...new Set(demand.required)].filter((name) => !holds.includes(name));
  if (missing.length > 0) return { state: 'missing', count, missing };
  return count === 0 ? { state: 'none' } : { state: 'reached', count };
}

function effectiveThreshold({ trustRoot, threshold, required }: RootDemand, evaluated: number): number | undefined {
  if (trustRoot !== '*') return undefined;
  if (threshold > 0) return threshold;
  return required.length === 0 ? evaluated : undefined;
}

/** How many trust roots can be given a signer of their own: a largest matching, by augmenting paths. */
function distinctSigners(roots: readonly string[], holding: Holding): number {
  const rootOf = new Map<string, string>();
  const place = (root: string, tried: Set<string>): boolean => {
    for (const key of holding.get(root) ?? []) {
      if (tried.has(key)) continue;
      tried.add(key);
      const holder = rootOf.get(key);
      if (holder === undefined || place(holder, tried)) {
        rootOf.set(key, root);
        return true;
      }
    }
    return false;
  };
  return roots.filter((root) => place(root, new Set())).length;
}
