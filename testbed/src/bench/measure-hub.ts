import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { ask, headersOf } from './ask.ts';
import { spokeKey, untilAnswered } from './hub-process.ts';
import type { HubProcess } from './hub-process.ts';
import type { SizePlan } from './plan.ts';
import { pageNames } from './reference-queries.ts';
import type { PageName } from './reference-queries.ts';
import { timingOf } from './samples.ts';
import type { Timing } from './samples.ts';
import { scopeKinds } from './scopes.ts';
import type { ScopeDraw, ScopeKind, ScopePair } from './scopes.ts';

/** How long the hub takes, by page and scope: the first answer, when nothing of that scope is cached, and later ones. */
export interface HubFigure {
  readonly page: PageName;
  readonly scope: ScopeKind['name'];
  readonly first: Timing;
  readonly repeated: Timing;
  /** Bytes of a typical answer. */
  readonly bytes: number;
}

/** What measuring the hub needs. */
export interface HubWork {
  readonly hub: HubProcess;
  /** The application database, to publish the same findings as a new version. */
  readonly app: Client;
  readonly draw: ScopeDraw;
  readonly plan: SizePlan;
  readonly say: (text: string) => void;
}

/** A person asking: who, and about which CVE. */
interface Visitor {
  readonly headers: Readonly<Record<string, string>>;
  readonly cve: string;
}

/** Times the four pages for every scope. */
export async function measureHub(work: HubWork): Promise<readonly HubFigure[]> {
  const figures: HubFigure[] = [];
  for (const kind of scopeKinds) {
    const visitors = await visitorsOf(work, kind);
    for (const page of pageNames) {
      const figure = await timePage(work, { kind, page, visitors });
      work.say(
        `hub, ${kind.name}, ${page}: first ${figure.first.median.toFixed(1)} ms, then ${figure.repeated.median.toFixed(1)} ms`,
      );
      figures.push(figure);
    }
  }
  return figures;
}

/** A person per sample; all see the same where the scope is everything. */
async function visitorsOf({ hub, draw, plan }: HubWork, kind: ScopeKind): Promise<readonly Visitor[]> {
  const count = kind.namespaces === null ? plan.fleetSamples : plan.teamSamples;
  const visitors: Visitor[] = [];
  for (let no = 0; no < count; no += 1) {
    const headers = personOf(kind, draw.pairs(kind, no), no);
    const { body } = await ask(`${hub.url}/api/cves?page_size=200`, headers);
    const { items } = JSON.parse(body.toString('utf8')) as { items: readonly { cve_id: string }[] };
    const cve = items[(no * 7) % Math.max(1, items.length)]?.cve_id;
    if (cve !== undefined) {
      visitors.push({ headers, cve });
    }
  }
  return visitors;
}

/** The headers of the `no`-th person of a kind. */
export function personOf(kind: ScopeKind, pairs: readonly ScopePair[] | null, no: number): Record<string, string> {
  return headersOf(spokeKey, `${kind.namespaces ?? 'security'}-${no}`, pairs);
}

interface PageWork {
  readonly kind: ScopeKind;
  readonly page: PageName;
  readonly visitors: readonly Visitor[];
}

/** Results are cached per version and scope: teams have different scopes, everybody who sees all needs a new version each time. */
async function timePage(work: HubWork, { kind, page, visitors }: PageWork): Promise<HubFigure> {
  const first: number[] = [];
  const repeated: number[] = [];
  let bytes = 0;
  await publishAgain(work);
  for (const { headers, cve } of visitors) {
    if (kind.namespaces === null) {
      await publishAgain(work);
    }
    const url = `${work.hub.url}${pathOf(page, cve)}`;
    const asked = await ask(url, headers);
    first.push(asked.ms);
    bytes = asked.bytes;
    for (let repeat = 0; repeat < work.plan.repeats; repeat += 1) {
      repeated.push((await ask(url, headers)).ms);
    }
  }
  return { page, scope: kind.name, first: timingOf(first), repeated: timingOf(repeated), bytes };
}

/** What the console asks for when the page opens. */
export function pathOf(page: PageName, cve: string): string {
  switch (page) {
    case 'list':
      return '/api/cves';
    case 'detail':
      return `/api/cves/${encodeURIComponent(cve)}`;
    case 'images':
      return '/api/cves/by-image?page=1&page_size=50';
    case 'dashboard':
      return '/api/dashboard';
  }
}

/** Makes the hub load the same findings as a new version, so that all its caches are empty, and waits until it has. */
export async function publishAgain({ app, hub }: Pick<HubWork, 'app' | 'hub'>): Promise<void> {
  const { rows } = await app.query<{ version: number }>(
    `UPDATE findings_state SET version = version + 1 RETURNING version::int`,
  );
  const version = rows[0]?.version ?? 0;
  await app.query(`SELECT pg_notify('pratique_findings', 'bench')`);
  const headers = headersOf(spokeKey, 'bench', null);
  for (;;) {
    const { body } = await ask(`${hub.url}/api/source`, headers);
    if ((JSON.parse(body.toString('utf8')) as { version: number }).version >= version) {
      break;
    }
    await sleep(5);
  }
  // Threads take a version in between two questions; give them the moment a person would need to click.
  await sleep(50);
}

/** Waits for the first version; returns when it could be asked. */
export function untilLoaded(hub: HubProcess): Promise<number> {
  return untilAnswered(`${hub.url}/api/cves`, headersOf(spokeKey, 'bench', null));
}
