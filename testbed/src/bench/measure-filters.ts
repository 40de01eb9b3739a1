import { ask } from './ask.ts';
import { personOf } from './measure-hub.ts';
import type { HubWork } from './measure-hub.ts';
import { timingOf } from './samples.ts';
import type { Timing } from './samples.ts';
import { scopeKinds } from './scopes.ts';
import type { ScopeKind } from './scopes.ts';

/** How long a filtered list takes in a scope that was visited before: first with a value nobody asked for yet, then again. */
export interface FilterFigure {
  readonly filter: string;
  readonly scope: ScopeKind['name'];
  readonly first: Timing;
  readonly repeated: Timing;
}

/** The filters of the list; each gets a value of its own per sample, so that its result is not cached. */
const filters: Readonly<Record<string, (no: number, deployment: string) => string>> = {
  'deep page': (no) => `page=${3 + no}&sort_by=first_seen`,
  search: (no) => `search=${900_000 + no * 37}`,
  severity: (no) => `severity=${1 + (no % 4)}&cvss_min=0.00${no}`,
  fixable: (no) => `fixable=${no % 2 === 0}&cvss_min=0.01${no}`,
  cvss_min: (no) => `cvss_min=${(5 + no * 0.1).toFixed(1)}`,
  epss_min: (no) => `epss_min=${(0.001 + no * 0.001).toFixed(4)}`,
  component: (no) => `component=package-${no * 3}`,
  risk_status: (no) => `risk_status=any&cvss_min=0.02${no}`,
  remediation_status: (no) => `remediation_status=unremediated&cvss_min=0.03${no}`,
  age: (no) => `age_min=${no}&age_max=${60 + no}`,
  deployment: (no, deployment) => `deployment=${encodeURIComponent(deployment)}&cvss_min=0.04${no}`,
};

/** Fewer than for pages: there are eleven filters. */
const samples = 6;

/** Times every filter for every scope. */
export async function measureFilters(work: HubWork): Promise<readonly FilterFigure[]> {
  const figures: FilterFigure[] = [];
  for (const kind of scopeKinds) {
    const headers = personOf(kind, work.draw.pairs(kind, 0), 0);
    const deployment = await someDeployment(work.hub.url, headers);
    for (const [filter, query] of Object.entries(filters)) {
      const first: number[] = [];
      const repeated: number[] = [];
      for (let no = 0; no < samples; no += 1) {
        const url = `${work.hub.url}/api/cves?${query(no, deployment)}`;
        first.push((await ask(url, headers)).ms);
        repeated.push((await ask(url, headers)).ms);
      }
      figures.push({ filter, scope: kind.name, first: timingOf(first), repeated: timingOf(repeated) });
    }
    const slowest = figures
      .filter(({ scope }) => scope === kind.name)
      .toSorted((a, b) => b.first.median - a.first.median)[0];
    work.say(
      `hub, ${kind.name}, filters: the slowest is ${slowest?.filter} with ${slowest?.first.median.toFixed(1)} ms`,
    );
  }
  return figures;
}

async function someDeployment(url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const list = JSON.parse((await ask(`${url}/api/cves?page_size=1`, headers)).body.toString('utf8')) as {
    items: readonly { cve_id: string }[];
  };
  const cve = list.items[0]?.cve_id ?? '';
  const answer = (await ask(`${url}/api/cves/${encodeURIComponent(cve)}/deployments`, headers)).body.toString('utf8');
  return (JSON.parse(answer) as readonly { deployment_name: string }[])[0]?.deployment_name ?? '';
}
