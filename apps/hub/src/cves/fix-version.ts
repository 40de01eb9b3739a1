/** A component with the version that is said to fix a CVE in it; empty when none is known. */
export interface ComponentFix {
  readonly component: string;
  readonly fixedBy: string;
}

/**
 * The lowest fixing version per component as one text: the version alone where all components agree,
 * else `component version` joined by commas; null when nothing fixes it. Lowest, because that is the least one
 * must upgrade to; per component, because versions of different components do not compare.
 */
export function describeFix(fixes: readonly ComponentFix[]): string | null {
  const lowest = new Map<string, string>();
  for (const { component, fixedBy } of fixes) {
    const known = lowest.get(component);
    if (fixedBy !== '' && (known === undefined || compareVersions(fixedBy, known) < 0)) {
      lowest.set(component, fixedBy);
    }
  }
  const versions = new Set(lowest.values());
  if (versions.size <= 1) {
    return versions.values().next().value ?? null;
  }
  return [...lowest]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([component, version]) => `${component} ${version}`)
    .join(', ');
}

/**
 * Orders versions of one component when its packaging scheme is not known: epoch first, then runs of digits as
 * numbers and runs of letters as text, `~` before everything. A total order over texts; for display, not for verdicts.
 */
export function compareVersions(a: string, b: string): number {
  const left = versionParts(a);
  const right = versionParts(b);
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const order = comparePart(left[at], right[at]);
    if (order !== 0) {
      return order;
    }
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

function versionParts(version: string): string[] {
  const epoch = /^(\d+):(.*)$/.exec(version);
  const [number, rest] = epoch === null ? ['0', version] : [epoch[1]!, epoch[2]!];
  return [number, ...(rest.match(/\d+|[A-Za-z]+|~/g) ?? [])];
}

/** Nothing is older than a number or a letter, and newer than `~`. */
function comparePart(a: string | undefined, b: string | undefined): number {
  const weight = (part: string | undefined) => (part === '~' ? 0 : part === undefined ? 1 : /^\d/.test(part) ? 3 : 2);
  const order = weight(a) - weight(b);
  if (order !== 0 || a === undefined || b === undefined) {
    return order;
  }
  if (/^\d/.test(a)) {
    const left = a.replace(/^0+(?=\d)/, '');
    const right = b.replace(/^0+(?=\d)/, '');
    return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0);
  }
  return a < b ? -1 : a > b ? 1 : 0;
}
