import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { cvesOfDemoPair, cvesPerComponent, pairsOfCves, type Pair } from './cves-of-pair.ts';
import { chooseExamples, demoThresholds, type Examples } from './examples.ts';
import { demoPair, demoPeople } from './people.ts';

/** What the workflow is written to and made from. */
export interface WorkflowSources {
  /** The application database, migrated and with the catalogue of exploited CVEs. */
  readonly app: Client;
  /** The fleet, as its owner. */
  readonly central: Client;
  readonly now: Date;
}

const millisecondsPerDay = 86_400_000;
const everywhere: Scope = { mode: 'all', targets: [] };
const ourNamespace: Scope = { mode: 'namespace', targets: [demoPair] };
/** A priority of the whole fleet, wherever it runs. */
const fleetWide = 'CVE-2021-44228';

interface Scope {
  readonly mode: 'all' | 'namespace';
  readonly targets: readonly Pair[];
}

/**
 * What people of the demo have already decided, about CVEs that their fleet really has, so that every mark of the list
 * has an example for the security team and for the team of one namespace. Written once, in one transaction.
 */
export async function seedDemoWorkflow({ app, central, now }: WorkflowSources): Promise<void> {
  const { rows } = await app.query<{ present: boolean }>('select exists (select 1 from cve_priorities) as present');
  if (rows[0]?.present === true) return;
  const examples = chooseExamples(await cvesOfDemoPair(central, app), await cvesPerComponent(central));
  const pairs = await pairsOfCves(central, [fleetWide, examples.resolved]);
  await app.query('begin');
  try {
    const daysFrom = (days: number) => new Date(now.getTime() + days * millisecondsPerDay);
    await seedPeople(app);
    await app.query('update global_settings set min_cvss_score = $1, min_epss_score = $2', [
      demoThresholds.minCvss,
      demoThresholds.minEpss,
    ]);
    await seedPriorities(app, examples, daysFrom);
    await seedAcceptances(app, examples, daysFrom);
    await seedSuppressions(app, examples, daysFrom);
    const firstSeen = await firstSightings(central, [fleetWide, examples.inProgress]);
    await seedWork(app, { examples, pairs, daysFrom, firstSeen });
    await app.query('commit');
  } catch (error) {
    await app.query('rollback');
    throw error;
  }
}

type DaysFrom = (days: number) => Date;

async function seedPeople(app: Client): Promise<void> {
  for (const { id, name, email, role } of demoPeople) {
    await app.query(
      'insert into users (id, username, email, role) values ($1, $2, $3, $4) on conflict (id) do nothing',
      [id, name, email, role],
    );
  }
}

async function seedPriorities(app: Client, examples: Examples, daysFrom: DaysFrom): Promise<void> {
  const priorities = [
    {
      cve: fleetWide,
      level: 'critical',
      reason: 'Exploited since the day it was published; still found in running images.',
      due: 3,
      since: -4,
    },
    {
      cve: examples.prioritised,
      level: 'high',
      reason: 'Reachable from outside through uploaded files.',
      due: 10,
      since: -2,
    },
    {
      cve: examples.prioritisedBelow,
      level: 'medium',
      reason: 'The scores do not know how we use it.',
      due: 30,
      since: -6,
    },
  ];
  for (const { cve, level, reason, due, since } of priorities.filter((one) => one.cve !== '')) {
    await app.query(
      `insert into cve_priorities (cve_id, priority, reason, set_by, set_by_name, deadline, created_at, updated_at)
       values ($1, $2, $3, 'demo-security', 'Security team (demo)', $4, $5, $5)`,
      [cve, level, reason, daysFrom(due), daysFrom(since)],
    );
  }
}

async function seedAcceptances(app: Client, examples: Examples, daysFrom: DaysFrom): Promise<void> {
  const acceptances = [
    {
      cve: examples.accepted,
      status: 'approved',
      why: 'The program that has it is in the image, but is never started.',
      since: -20,
      until: 60,
    },
    {
      cve: examples.acceptanceRequested,
      status: 'requested',
      why: 'Input of strangers never gets there.',
      since: -1,
      until: 90,
    },
    {
      cve: examples.acceptanceRequestedBelow,
      status: 'requested',
      why: 'The vendor will not fix it in this line.',
      since: -3,
      until: 90,
    },
  ];
  for (const { cve, status, why, since, until } of acceptances.filter((one) => one.cve !== '')) {
    await app.query(
      `insert into risk_acceptances (cve_id, status, justification, scope, scope_key, expires_at, created_at, created_by, created_by_name,
         reviewed_by, reviewed_by_name, reviewed_at)
       values ($1, $2, $3, $4, $5, $6, $7, 'demo-payments', 'Payments team (demo)', $8, $9, $10)`,
      [
        cve,
        status,
        why,
        JSON.stringify(ourNamespace),
        scopeKey(ourNamespace),
        daysFrom(until),
        daysFrom(since),
        ...reviewed(status, daysFrom(since + 2)),
      ],
    );
  }
}

async function seedSuppressions(app: Client, examples: Examples, daysFrom: DaysFrom): Promise<void> {
  const { cve: partly, component } = examples.partlySuppressed;
  const rules = [
    {
      status: 'approved',
      component: null,
      cve: examples.suppressed,
      reason: 'The vulnerable part is compiled out of every build in use.',
      since: -30,
    },
    {
      status: 'requested',
      component: null,
      cve: examples.suppressionRequested,
      reason: 'The scanner mistakes our own version number for that of the project.',
      since: -2,
    },
    {
      status: 'approved',
      component,
      cve: null,
      reason: `Patched by our base image; ${partly} stays where it is real.`,
      since: -15,
    },
  ];
  for (const rule of rules.filter((one) => (one.cve ?? one.component) !== '')) {
    await app.query(
      `insert into suppression_rules (status, type, component_name, cve_id, reason, scope, scope_key, created_at, created_by, created_by_name,
         reviewed_by, reviewed_by_name, reviewed_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, 'demo-payments', 'Payments team (demo)', $9, $10, $11)`,
      [
        ...[rule.status, rule.cve === null ? 'component' : 'cve', rule.component, rule.cve, rule.reason],
        ...[
          JSON.stringify(everywhere),
          scopeKey(everywhere),
          daysFrom(rule.since),
          ...reviewed(rule.status, daysFrom(rule.since + 1)),
        ],
      ],
    );
  }
}

/** Who reviewed and when; nobody yet for what is only requested. */
function reviewed(status: string, at: Date): readonly (string | Date | null)[] {
  return status === 'requested' ? [null, null, null] : ['demo-security', 'Security team (demo)', at];
}

interface Work {
  readonly examples: Examples;
  readonly pairs: ReadonlyMap<string, readonly Pair[]>;
  readonly daysFrom: DaysFrom;
  /** When Central first saw a CVE anywhere. */
  readonly firstSeen: ReadonlyMap<string, Date>;
}

async function seedWork(app: Client, { examples, pairs, daysFrom, firstSeen }: Work): Promise<void> {
  const [firstHit] = pairs.get(fleetWide) ?? [];
  const elsewhere = firstHit === undefined ? [] : [firstHit];
  const remediations = [
    { cve: examples.inProgress, status: 'in_progress', where: [demoPair], since: -9, done: null },
    { cve: examples.open, status: 'open', where: [demoPair], since: -1, done: null },
    { cve: examples.resolved, status: 'resolved', where: pairs.get(examples.resolved) ?? [], since: -12, done: -5 },
    { cve: examples.verified, status: 'verified', where: [demoPair], since: -20, done: -14 },
    { cve: examples.wontFix, status: 'wont_fix', where: [demoPair], since: -25, done: -24 },
    { cve: fleetWide, status: 'in_progress', where: elsewhere, since: -3, done: null },
  ];
  for (const { cve, status, where, since, done } of remediations.filter((one) => one.cve !== '')) {
    for (const pair of where) {
      await app.query(
        `insert into remediations (cve_id, namespace, cluster_name, status, created_by, created_by_name, resolved_at, created_at, updated_at, wont_fix_reason)
         values ($1, $2, $3, $4, 'demo-payments', 'Payments team (demo)', $5, $6, $6, $7)`,
        [
          cve,
          pair.namespace,
          pair.cluster_name,
          status,
          done === null ? null : daysFrom(done),
          daysFrom(since),
          status === 'wont_fix' ? 'The service is switched off next month.' : null,
        ],
      );
    }
  }
  const candidates = [
    ...[1, 2].map((level) => ({ cve: examples.inProgress, pair: demoPair, level })),
    ...elsewhere.flatMap((pair) => [1, 2, 3].map((level) => ({ cve: fleetWide, pair, level }))),
  ];
  const now = daysFrom(0);
  for (const { cve, pair, level } of candidates.filter((one) => one.cve !== '')) {
    // A week after the first sighting, and each week after: what has not been seen for so long has not escalated.
    const seen = firstSeen.get(cve) ?? now;
    const at = new Date(seen.getTime() + level * 7 * millisecondsPerDay);
    if (at < now) {
      await app.query(
        'insert into escalations (cve_id, namespace, cluster_name, level, triggered_at, notified) values ($1, $2, $3, $4, $5, true)',
        [cve, pair.namespace, pair.cluster_name, level, at],
      );
    }
  }
}

async function firstSightings(central: Client, cves: readonly string[]): Promise<ReadonlyMap<string, Date>> {
  const { rows } = await central.query<{ cve: string; first: string }>(
    `select cvebaseinfo_cve as cve, extract(epoch from min(firstimageoccurrence))::text as first
     from image_cves_v2 where cvebaseinfo_cve = any ($1) group by 1`,
    [cves],
  );
  return new Map(rows.map(({ cve, first }) => [cve, new Date(Number(first) * 1000)]));
}

/** MD5 of the canonical JSON of a scope: keys sorted, no blanks. */
function scopeKey(scope: Scope): string {
  const targets = scope.targets.map(({ namespace, cluster_name }) => ({ cluster_name, namespace }));
  return createHash('md5')
    .update(JSON.stringify({ mode: scope.mode, targets }))
    .digest('hex');
}
