import { sql } from 'kysely';
import type { TimelineEvent } from '@pratique/hub/contract';
import { readAcceptancesOfCve } from '../acceptances/store.ts';
import type { HubContext } from '../context.ts';
import { withinReach } from '../database/scope-sql.ts';
import { readEscalationsOfCve } from '../escalations/store.ts';
import { readKnownExploited } from '../intelligence/store.ts';
import { readPriority } from '../priorities/store.ts';
import { readRemediationsOfCve } from '../remediations/store.ts';
import { readSuppressionsAbout } from '../suppressions/store.ts';
import { mayAccess } from '../visibility/viewer.ts';
import { instant } from './additions.ts';
import { byText, type CveDetailQuestion, type CveFacts } from './detail.ts';

type Event = Omit<TimelineEvent, 'at'> & { readonly at: string | null };

const maxEvents = 2_000;

/** Everything that is known to have happened to a CVE within the viewer's scope, oldest first, at most 2,000 events. */
export async function readTimeline(
  context: HubContext,
  question: CveDetailQuestion,
  facts: CveFacts,
): Promise<TimelineEvent[]> {
  const events = (
    await Promise.all([
      sightings(context, question, facts),
      decisions(context, question),
      escalations(context, question),
      remediations(context, question),
      suppressions(context, question, facts),
      changes(context, question),
    ])
  ).flat();
  return events
    .filter((event): event is TimelineEvent => event.at !== null)
    .toSorted((a, b) => byText(a.at, b.at) || byText(a.kind, b.kind))
    .slice(-maxEvents);
}

function event(kind: TimelineEvent['kind'], at: string | null, rest: Partial<Omit<Event, 'kind' | 'at'>> = {}): Event {
  return { at, kind, namespace: null, cluster_name: null, actor: null, detail: null, ...rest };
}

async function sightings(
  { db }: HubContext,
  { cveId }: CveDetailQuestion,
  { item, fixAvailable }: CveFacts,
): Promise<Event[]> {
  const kev = await readKnownExploited(db, cveId);
  const listed = kev?.date_added == null ? null : `${kev.date_added}T00:00:00.000Z`;
  return [
    event('published', item.published_on),
    event('fix_available', fixAvailable),
    event('kev_listed', listed, { detail: kev?.due_date ?? null }),
    event('discovered', item.first_seen),
  ];
}

async function decisions({ db }: HubContext, { cveId, viewer }: CveDetailQuestion): Promise<Event[]> {
  const [priority, acceptances] = await Promise.all([readPriority(db, cveId), readAcceptancesOfCve(db, cveId)]);
  const accessible = acceptances.filter(({ id, status, scope, createdAt, createdBy }) => {
    // Whoever may not see it while it is active may not see it afterwards either.
    const state = status === 'approved' ? 'approved' : 'requested';
    return mayAccess(viewer, {
      id,
      cveId,
      status: state,
      mode: scope.mode,
      targets: scope.targets,
      createdBy: createdBy ?? '',
      createdAt,
    });
  });
  return [
    event('prioritised', instant(priority?.createdAt), {
      actor: priority?.setByName ?? null,
      detail: priority?.level ?? null,
    }),
    ...accessible.flatMap((acceptance) => [
      event('risk_acceptance_requested', instant(acceptance.createdAt), { actor: acceptance.createdByName }),
      event('risk_acceptance_reviewed', instant(acceptance.reviewedAt), {
        actor: acceptance.reviewedByName,
        detail: acceptance.status,
      }),
    ]),
  ];
}

async function escalations({ db }: HubContext, { cveId, viewer, filter }: CveDetailQuestion): Promise<Event[]> {
  const found = await readEscalationsOfCve(db, cveId, { reach: viewer.reach, filter });
  return found.map(({ namespace, cluster_name, level, triggeredAt }) =>
    event('escalated', instant(triggeredAt), { namespace, cluster_name, detail: String(level) }),
  );
}

async function remediations({ db }: HubContext, { cveId, viewer, filter }: CveDetailQuestion): Promise<Event[]> {
  const found = await readRemediationsOfCve(db, cveId, { reach: viewer.reach, filter });
  return found.flatMap(({ namespace, cluster_name, createdAt, resolvedAt, status }) => [
    event('remediation_created', instant(createdAt), { namespace, cluster_name }),
    event('remediation_resolved', instant(resolvedAt), { namespace, cluster_name, detail: status }),
  ]);
}

async function suppressions({ db }: HubContext, { cveId }: CveDetailQuestion, { item }: CveFacts): Promise<Event[]> {
  const found = await readSuppressionsAbout(db, { cveId, componentNames: item.component_names });
  return found.flatMap((rule) => [
    event('suppression_requested', instant(rule.createdAt), { actor: rule.createdByName, detail: rule.componentName }),
    event('suppression_reviewed', instant(rule.reviewedAt), { actor: rule.reviewedByName, detail: rule.status }),
  ]);
}

/** What later scans and roll-outs changed: the CVE disappeared from, or returned to, what runs in a pair. */
async function changes({ db }: HubContext, { cveId, viewer, filter }: CveDetailQuestion): Promise<Event[]> {
  const { rows } = await sql<{ at: Date; namespace: string; cluster_name: string; gone: boolean; returned: boolean }>`
    select distinct h.at, w.namespace, w.cluster_name, ${cveId} = any (h.gone) as gone, ${cveId} = any (h.returned) as returned
    from image_history h join workload_history w on w.source = h.source and w.ref = h.ref
    where (${cveId} = any (h.gone) or ${cveId} = any (h.appeared))
      and w.appeared_at <= h.at and (w.gone_at is null or w.gone_at >= h.at)
      and ${withinReach('w', viewer.reach, filter)}
    order by h.at limit ${maxEvents}`.execute(db);
  return rows.map(({ at, namespace, cluster_name, gone, returned }) =>
    event(gone ? 'gone' : returned ? 'returned' : 'discovered', at.toISOString(), { namespace, cluster_name }),
  );
}
