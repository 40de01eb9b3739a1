import type { CveRecord } from '@pratique/stackrox';
import { isFault } from '@pratique/runtime/fault';
import type { EpssProvenance, EscalationRule, Pair } from '@pratique/hub/contract';
import { workflowNow, type HubContext } from '../context.ts';
import { escalationDueDates } from '../escalations/due.ts';
import { readContacts } from '../identity/contacts.ts';
import type { CveAdditions, CveDetailQuestion, CveFacts } from './detail.ts';
import type { CveRecords } from './records.ts';

/** Epoch milliseconds as the API writes instants. */
export function instant(milliseconds: number | null | undefined): string | null {
  return milliseconds == null ? null : new Date(milliseconds).toISOString();
}

/** What Central's own record, the feeds and the workflow know of a CVE, limited to the viewer's scope. `records` and `facts` belong to it. */
export async function cveAdditions(
  context: HubContext,
  question: CveDetailQuestion,
  { facts, records }: { readonly facts: CveFacts; readonly records: CveRecords },
): Promise<CveAdditions> {
  const [{ state, record }, contacts, workflow] = await Promise.all([
    recordOf(context, question.cveId, facts),
    contactsOf(context, question, facts.pairs),
    workflowNow(context),
  ]);
  const { priority } = records;
  const acceptance = records.acceptances.find(({ id }) => id === facts.item.risk_acceptance_id);
  return {
    contact_emails: contacts,
    ...recordFields(record),
    record_state: state,
    advisory_name: record?.advisoryName ?? facts.advisoryName,
    advisory_link: record === null ? webAddress(facts.advisoryLink) : record.advisoryLink,
    priority_reason: priority?.reason ?? null,
    priority_set_by_name: priority?.setByName ?? null,
    priority_created_at: instant(priority?.createdAt),
    risk_acceptance_requested_at: instant(acceptance?.createdAt),
    risk_acceptance_reviewed_at: instant(acceptance?.reviewedAt),
    ...escalationDates(context.now(), { rules: workflow.escalation.rules, levels: records.levels, facts }),
    epss: epssOf(facts, records, record),
    kev_entry: records.kevEntry,
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

function epssOf(facts: CveFacts, { epss }: CveRecords, record: CveRecord | null): EpssProvenance {
  return {
    probability: facts.item.epss_probability,
    percentile: record?.epssPercentile ?? epss?.percentile ?? null,
    model_version: epss?.modelVersion ?? null,
    score_date: epss?.scoreDate ?? null,
    feed_probability: epss?.probability ?? null,
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

interface EscalationSources {
  readonly rules: readonly EscalationRule[];
  readonly levels: CveRecords['levels'];
  readonly facts: CveFacts;
}

function escalationDates(now: number, { rules, levels, facts: { item } }: EscalationSources) {
  const firstSeen = item.first_seen === null ? null : Date.parse(item.first_seen);
  const subject = { severity: item.severity, epss: item.epss_probability, firstSeen };
  const due = firstSeen === null ? null : escalationDueDates(rules, subject, now);
  return {
    escalation_level1_at: instant(levels['1']),
    escalation_level2_at: instant(levels['2']),
    escalation_level3_at: instant(levels['3']),
    escalation_level1_expected: instant(due?.[1]),
    escalation_level2_expected: instant(due?.[2]),
    escalation_level3_expected: instant(due?.[3]),
  };
}
