import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { ImageChange } from '@pratique/hub/contract';
import type { AppDatabase } from '../database/schema.ts';
import { passesThresholds } from '../visibility/decide.ts';
import { thresholdsFor, visiblePositions, type Desk } from '../visibility/desk.ts';
import type { ScopeFilter } from '../visibility/reach.ts';
import { liftsThresholds, type Viewer } from '../visibility/viewer.ts';

/** What one later scan changed, as CVE ids. Those that returned are among those that appeared. */
export interface StoredChange {
  readonly at: string;
  readonly appeared: readonly string[];
  readonly gone: readonly string[];
  readonly returned: readonly string[];
}

/** Changes an image page shows, and CVE ids looked at for it. */
const maxChanges = 100;
const maxIds = 50_000;

/** The newest changes of an image, newest first, at most 100; older ones are left out when these name very many CVEs. */
export async function readImageChanges(db: Kysely<AppDatabase>, ref: string): Promise<StoredChange[]> {
  const { rows } = await sql<{ at: Date; appeared: string[]; gone: string[]; returned: string[] }>`
    select at, appeared, gone, returned from (
      select h.*, sum(cardinality(appeared) + cardinality(gone)) over (order by at desc, id desc) as ids
      from findings_state s join image_history h on h.source = s.source where h.ref = ${ref}) counted
    where ids <= ${maxIds} order by at desc, id desc limit ${maxChanges}`.execute(db);
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

/** Whose numbers are to be told. */
export interface ImageHistoryQuestion {
  readonly viewer: Viewer;
  readonly filter: ScopeFilter;
  readonly changes: readonly StoredChange[];
}

/**
 * The changes as numbers of CVEs, those that returned apart from those that appeared for the first time. The security team gets all of them. Others are
 * told only of CVEs that certainly show or showed to them, so that no number betrays a hidden one; changes of which nothing is left to tell are dropped.
 */
export function countImageChanges(desk: Desk, { viewer, filter, changes }: ImageHistoryQuestion): ImageChange[] {
  const shows = viewer.isSecTeam ? () => true : certainlyShown(desk, viewer, filter);
  const count = (ids: readonly string[]) => ids.filter(shows).length;
  return changes
    .map(({ at, appeared, gone, returned }) => {
      const again = new Set(returned);
      return {
        at,
        appeared: count(appeared.filter((id) => !again.has(id))),
        gone: count(gone),
        returned: count(returned),
      };
    })
    .filter(({ appeared, gone, returned }) => appeared + gone + returned > 0);
}

/**
 * Whether a CVE shows in the viewer's scope now, or, where it no longer occurs there, would by the lowest of the values any scan ever gave it and without a
 * rule that concerns it. What the snapshot has never heard of stays untold.
 */
function certainlyShown(desk: Desk, viewer: Viewer, filter: ScopeFilter): (cveId: string) => boolean {
  const sight = desk.sight(viewer, desk.scope(viewer, filter));
  const { ledger } = desk;
  const shown = new Set(visiblePositions(sight, false).map((position) => sight.view.cves[position]!));
  const present = new Set(sight.view.cves);
  const lowest = lowestScores(desk);
  const thresholds = thresholdsFor(ledger.workflow, viewer);
  return (cveId) => {
    const cve = desk.lexicon.cveIndex(cveId);
    if (cve === -1 || present.has(cve)) {
      return shown.has(cve);
    }
    return (
      !ledger.suppressions.candidates.has(cve) &&
      passesThresholds({
        ...lowest(cve),
        thresholds,
        kev: ledger.knownExploited.has(cve),
        prioritised: ledger.priorities.has(cve),
        accepted: (ledger.acceptances.get(cve) ?? []).some((acceptance) => liftsThresholds(viewer, acceptance)),
        suppressed: false,
      })
    );
  };
}

function lowestScores(desk: Desk): (cve: number) => { readonly cvss: number; readonly epss: number } {
  const { factCve, factCvss, factEpss } = desk.snapshot;
  const weigh = (scores: Lowest) => scores.cvss.byteLength * 2;
  const scores = desk.remember('lowest-scores', weigh, (): Lowest => {
    const cvss = new Float32Array(desk.lexicon.cves.length).fill(Number.POSITIVE_INFINITY);
    const epss = cvss.slice();
    for (let fact = 0; fact < factCve.length; fact += 1) {
      const cve = factCve[fact]!;
      cvss[cve] = Math.min(cvss[cve]!, factCvss[fact]!);
      epss[cve] = Math.min(epss[cve]!, factEpss[fact]!);
    }
    return { cvss, epss };
  });
  return (cve) => ({ cvss: known(scores.cvss[cve]!), epss: known(scores.epss[cve]!) });
}

interface Lowest {
  readonly cvss: Float32Array;
  readonly epss: Float32Array;
}

/** A CVE without any fact reaches no threshold above zero. */
function known(score: number): number {
  return Number.isFinite(score) ? score : 0;
}
