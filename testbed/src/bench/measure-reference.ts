import type { Client } from 'pg';
import type { SizePlan } from './plan.ts';
import { pageNames, referencePage } from './reference-queries.ts';
import type { PageName, ReferenceSubject } from './reference-queries.ts';
import { openReference } from './reference-run.ts';
import type { Timing } from './samples.ts';
import { scopeKinds } from './scopes.ts';
import type { ScopeDraw, ScopeKind } from './scopes.ts';

/** How long the reference takes, by page and scope. */
export interface ReferenceFigure {
  readonly page: PageName | 'detail, one CVE asked for';
  readonly scope: ScopeKind['name'];
  readonly timing: Timing;
}

/** What measuring the reference needs. */
export interface ReferenceWork {
  readonly url: string;
  readonly central: Client;
  readonly draw: ScopeDraw;
  readonly plan: SizePlan;
  readonly say: (text: string) => void;
}

/** Times every page of the reference for every scope; the namespaces are those the hub is asked with later. */
export async function measureReference(work: ReferenceWork): Promise<readonly ReferenceFigure[]> {
  const { central, draw, plan, say } = work;
  await using reference = openReference(work.url);
  const figures: ReferenceFigure[] = [];
  for (const kind of scopeKinds) {
    const subjects = await subjectsOf(central, draw, { kind, count: plan.reference.most });
    const time = async (page: PageName, as: ReferenceFigure['page'], targeted: boolean): Promise<void> => {
      const capMs = page === 'dashboard' ? plan.referenceDashboardCapMs : plan.reference.capMs;
      const pageOf = (run: number) => referencePage(page, draw.pairs(kind, run), subjects[run]!, targeted);
      const timing = await reference.time(pageOf, { ...plan.reference, capMs });
      say(`reference, ${kind.name}, ${as}: ${timing.atLeast ? 'more than ' : ''}${Math.round(timing.median)} ms`);
      figures.push({ page: as, scope: kind.name, timing });
    };
    for (const page of pageNames) {
      await time(page, page, false);
    }
    if (kind.namespaces === null) {
      await time('detail', 'detail, one CVE asked for', true);
    }
  }
  return figures;
}

/** CVEs that really occur in each scope, without asking for the whole list. */
async function subjectsOf(
  central: Client,
  draw: ScopeDraw,
  { kind, count }: { readonly kind: ScopeKind; readonly count: number },
): Promise<readonly ReferenceSubject[]> {
  const subjects: ReferenceSubject[] = [];
  for (let no = 0; no < count; no += 1) {
    const pairs = draw.pairs(kind, no);
    const { rows } = await central.query<{ cve: string }>(
      `SELECT DISTINCT ic.cvebaseinfo_cve AS cve FROM image_cves_v2 ic WHERE ic.imageidv2 IN (
         SELECT dc.image_idv2 FROM deployments d JOIN deployments_containers dc ON dc.deployments_id = d.id
         WHERE $1::text[] IS NULL OR (d.namespace, d.clustername) IN (SELECT * FROM unnest($1::text[], $2::text[]))
         LIMIT 3) LIMIT 50`,
      [pairs?.map((pair) => pair.namespace) ?? null, pairs?.map((pair) => pair.cluster) ?? null],
    );
    const cves = rows.map(({ cve }) => cve);
    subjects.push({ cve: cves[no % cves.length] ?? 'CVE-none', cves });
  }
  return subjects;
}
