import type { CveOfPair } from './cves-of-pair.ts';

/** The limits of the demo: low enough to leave work, high enough that a team's list differs from the security team's. */
export const demoThresholds = { minCvss: 4, minEpss: 0.01 } as const;

/** Which CVE of the demo's team is an example of what. No CVE is an example of two things. */
export interface Examples {
  /** Known to be exploited, and prioritised. */
  readonly prioritised: string;
  /** Below the thresholds, shown to the team because of its priority. */
  readonly prioritisedBelow: string;
  readonly accepted: string;
  readonly acceptanceRequested: string;
  /** Below the thresholds, shown to the team because somebody asked to accept it. */
  readonly acceptanceRequestedBelow: string;
  /** Hidden by a rule about the CVE. */
  readonly suppressed: string;
  readonly suppressionRequested: string;
  /** Hidden in one component by a rule about it, and visible in another. */
  readonly partlySuppressed: { readonly cve: string; readonly component: string };
  /** Known to be exploited, and worked on. */
  readonly inProgress: string;
  readonly open: string;
  /** Reported as done everywhere it runs. */
  readonly resolved: string;
  readonly verified: string;
  readonly wontFix: string;
}

/**
 * Picks the examples from what the team has, likeliest to be exploited first. Pure.
 *
 * @param cves as `cvesOfDemoPair` gives them
 * @param cvesPerComponent how many CVEs of the fleet each component holds
 */
export function chooseExamples(cves: readonly CveOfPair[], cvesPerComponent: ReadonlyMap<string, number>): Examples {
  const taken = new Set<string>();
  const take = (fits: (cve: CveOfPair) => boolean): string => {
    // A fleet too small for every example still gets the others.
    const found = cves.find((one) => one.cve.startsWith('CVE-') && !taken.has(one.cve) && fits(one))?.cve ?? '';
    taken.add(found);
    return found;
  };
  const above = ({ cvss, epss }: CveOfPair) => cvss >= demoThresholds.minCvss && epss >= demoThresholds.minEpss;
  const exploited = (one: CveOfPair) => one.kev && above(one);
  const ordinary = (one: CveOfPair) => !one.kev && above(one);
  const unlikely = (one: CveOfPair) =>
    !one.kev && one.cvss >= demoThresholds.minCvss && one.epss < demoThresholds.minEpss;
  const partlySuppressed = rarestSharedComponent(cves.filter(ordinary), cvesPerComponent);
  taken.add(partlySuppressed.cve);
  return {
    partlySuppressed,
    prioritised: take(exploited),
    inProgress: take(exploited),
    prioritisedBelow: take(unlikely),
    acceptanceRequestedBelow: take(unlikely),
    accepted: take(ordinary),
    acceptanceRequested: take(ordinary),
    suppressed: take(ordinary),
    suppressionRequested: take(ordinary),
    open: take(ordinary),
    resolved: take(ordinary),
    verified: take(ordinary),
    wontFix: take(ordinary),
  };
}

/** The CVE in two components or more, one of which holds so few CVEs that a rule about it hides little else. */
function rarestSharedComponent(
  cves: readonly CveOfPair[],
  cvesPerComponent: ReadonlyMap<string, number>,
): Examples['partlySuppressed'] {
  const shared = cves.flatMap(({ cve, components }) =>
    components.length < 2 ? [] : components.map((component) => ({ cve, component })),
  );
  const count = ({ component }: { readonly component: string }) =>
    cvesPerComponent.get(component) ?? Number.POSITIVE_INFINITY;
  const [rarest] = shared.toSorted((a, b) => count(a) - count(b));
  return rarest ?? { cve: '', component: '' };
}
