import type { CveRecord } from '@pratique/stackrox';
import { isFault } from '@pratique/runtime/fault';
import type { EpssProvenance, Pair } from '@pratique/hub/contract';
import { readAcceptances } from '../acceptances/store.ts';
import type { HubContext } from '../context.ts';
import { escalationDueDates } from '../escalations/due.ts';
import { readEscalationLevels } from '../escalations/store.ts';
import { readContacts } from '../identity/contacts.ts';
import { readEpssScore, readKnownExploited } from '../intelligence/store.ts';
import { readPriority } from '../priorities/store.ts';
import { readSettings } from '../settings/store.ts';
import type { CveAdditions, CveDetailQuestion, CveFacts } from './detail.ts';

/** Epoch milliseconds as the API writes instants. */
export function instant(milliseconds: number | null | undefined): string | null {
  return milliseconds == null ? null : new Date(milliseconds).toISOString();
}

/** What Central's own record, the feeds and the workflow know of a CVE, limited to the viewer's scope. */
export async function cveAdditions(
  context: HubContext,
  question: CveDetailQuestion,
  facts: CveFacts,
): Promise<CveAdditions> {
  const { db } = context;
  const { cveId } = question;
  const { state, record } = await recordOf(context, cveId, facts);
  const [priority, acceptance, escalation, contacts, epss, kevEntry] = await Promise.all([
    readPriority(db, cveId),
    readAcceptances(db, facts.item.risk_acceptance_id === null ? [] : [facts.item.risk_acceptance_id]),
    escalationDates(context, question, facts),
    contactsOf(context, question, facts.pairs),
    epssOf(context, cveId, facts, record),
    readKnownExploited(db, cveId),
  ]);
  return {
    contact_emails: contacts,
    ...recordFields(record),
    record_state: state,
    advisory_name: record?.advisoryName ?? facts.advisoryName,
    advisory_link: record === null ? webAddress(facts.advisoryLink) : record.advisoryLink,
    priority_reason: priority?.reason ?? null,
    priority_set_by_name: priority?.setByName ?? null,
    priority_created_at: instant(priority?.createdAt),
    risk_acceptance_requested_at: instant(acceptance[0]?.createdAt),
    risk_acceptance_reviewed_at: instant(acceptance[0]?.reviewedAt),
    ...escalation,
    epss,
    kev_entry: kevEntry,
    fix_available_at:
      facts.fixAvailable ?? instant(record?.fixAvailableAt == null ? null : record.fixAvailableAt * 1000),
    nvd_cvss: facts.nvdCvss,
  };
}

type RecordState = CveAdditions['record_state'];

/** Central may be away while its last data is still shown: then the page says that the texts could not be looked at. */
async function recordOf(
  context: HubContext,
  cveId: string,
  facts: CveFacts,
): Promise<{ state: RecordState; record: CveRecord | null }> {
  try {
    const record = await context.central.cveRecord(cveId, facts.imageRefs);
    return { state: record === null ? 'none' : record.broken ? 'broken' : 'read', record };
  } catch (error) {
    if (!isFault(error)) throw error;
    context.log.warn({ err: error }, 'the record of a CVE could not be read from Central');
    return { state: 'unavailable', record: null };
  }
}

function recordFields(record: CveRecord | null) {
  return {
    summary: record?.summary ?? null,
    link: record?.link ?? null,
    references: (record?.references ?? []).map(({ uri, tags }) => ({ uri, tags: [...tags] })),
    cvss_metric_urls: (record?.cvssMetricUrls ?? []).map(({ source, url }) => ({ source, url })),
    cvss_vector: record?.cvssVector ?? null,
    datasource: record?.datasource ?? null,
  };
}

/** Only addresses a browser may follow leave the hub. */
function webAddress(address: string | null): string | null {
  return address !== null && /^https?:\/\//i.test(address) ? address : null;
}

async function epssOf(
  context: HubContext,
  cveId: string,
  facts: CveFacts,
  record: CveRecord | null,
): Promise<EpssProvenance> {
  const feed = await readEpssScore(context.db, cveId);
  return {
    probability: facts.item.epss_probability,
    percentile: record?.epssPercentile ?? feed?.percentile ?? null,
    model_version: feed?.modelVersion ?? null,
    score_date: feed?.scoreDate ?? null,
    feed_probability: feed?.probability ?? null,
  };
}

async function contactsOf(
  context: HubContext,
  { viewer }: CveDetailQuestion,
  pairs: readonly Pair[],
): Promise<string[]> {
  if (!viewer.seesAll) {
    return [];
  }
  const found = await readContacts(context.db, pairs, new Date(context.now()));
  const addresses = new Set(found.map(({ email }) => email));
  const fallback = context.config.mail.defaultEscalationEmail;
  if (fallback !== '' && found.length < pairs.length) {
    addresses.add(fallback);
  }
  return [...addresses].toSorted();
}

async function escalationDates(context: HubContext, { viewer, cveId, filter }: CveDetailQuestion, { item }: CveFacts) {
  const [levels, settings] = await Promise.all([
    readEscalationLevels(context.db, cveId, { reach: viewer.reach, filter }),
    readSettings(context.db),
  ]);
  const firstSeen = item.first_seen === null ? null : Date.parse(item.first_seen);
  const subject = { severity: item.severity, epss: item.epss_probability, firstSeen };
  const due = firstSeen === null ? null : escalationDueDates(settings?.escalation_rules ?? [], subject, context.now());
  return {
    escalation_level1_at: instant(levels.get(1)),
    escalation_level2_at: instant(levels.get(2)),
    escalation_level3_at: instant(levels.get(3)),
    escalation_level1_expected: instant(due?.[1]),
    escalation_level2_expected: instant(due?.[2]),
    escalation_level3_expected: instant(due?.[3]),
  };
}
