import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { demoPair, demoPeople } from './people.ts';

const millisecondsPerDay = 86_400_000;
const allScope = { mode: 'all', targets: [] };
const pairScope = { mode: 'namespace', targets: [demoPair] };

/** What people of the demo have already decided, so that every mark of the list has an example. Written once. */
export async function seedDemoWorkflow(connection: Client, now: Date): Promise<void> {
  const { rows } = await connection.query<{ present: boolean }>('select exists (select 1 from cve_priorities) as present');
  if (rows[0]?.present === true) return;
  await connection.query('begin');
  try {
    await seedPeople(connection);
    await seedThresholds(connection);
    await seedDecisions(connection, now);
    await seedWork(connection, now);
    await connection.query('commit');
  } catch (error) {
    await connection.query('rollback');
    throw error;
  }
}

async function seedPeople(connection: Client): Promise<void> {
  for (const { id, name, email, role } of demoPeople) {
    await connection.query('insert into users (id, username, email, role) values ($1, $2, $3, $4) on conflict (id) do nothing', [id, name, email, role]);
  }
}

/** Low enough to leave work, high enough that the list of a team differs from that of the security team. */
async function seedThresholds(connection: Client): Promise<void> {
  const rules = [
    { severity_min: 3, epss_threshold: 0, days_to_level1: 14, days_to_level2: 21, days_to_level3: 30, match: 'all' },
    { severity_min: 4, epss_threshold: 0, days_to_level1: 7, days_to_level2: 14, days_to_level3: 21, match: 'all' },
    { severity_min: 2, epss_threshold: 0.5, days_to_level1: 14, days_to_level2: 21, days_to_level3: 30, match: 'all' },
  ];
  const { rowCount } = await connection.query('update global_settings set min_cvss_score = 4.0, min_epss_score = 0.01');
  if (rowCount === 0) {
    await connection.query('insert into global_settings (min_cvss_score, min_epss_score, escalation_rules) values (4.0, 0.01, $1)', [JSON.stringify(rules)]);
  }
}

async function seedDecisions(connection: Client, now: Date): Promise<void> {
  const daysFrom = (days: number) => new Date(now.getTime() + days * millisecondsPerDay);
  const priority = `insert into cve_priorities (cve_id, priority, reason, set_by, set_by_name, deadline, created_at, updated_at)
    values ($1, $2, $3, 'demo-security', 'Security team (demo)', $4, $5, $5)`;
  await connection.query(priority, ['CVE-2021-44228', 'critical', 'Exploited since the day it was published; still found in running images.', daysFrom(3), daysFrom(-4)]);
  await connection.query(priority, ['CVE-2024-3094', 'high', 'Backdoored release: make sure that no copy is left anywhere.', daysFrom(10), daysFrom(-2)]);
  const acceptance = `insert into risk_acceptances (cve_id, status, justification, scope, scope_key, expires_at, created_at, created_by, created_by_name,
      reviewed_by, reviewed_by_name, reviewed_at)
    values ($1, $2, $3, $4, $5, $6, $7, 'demo-payments', 'Payments team (demo)', $8, $9, $10)`;
  await connection.query(acceptance, [
    'CVE-2023-44487', 'approved', 'The ingress in front limits streams per connection.', JSON.stringify(pairScope), scopeKey(pairScope),
    daysFrom(60), daysFrom(-20), 'demo-security', 'Security team (demo)', daysFrom(-18),
  ]);
  await connection.query(acceptance, [
    'CVE-2022-0778', 'requested', 'Certificates of strangers are never parsed by this service.', JSON.stringify(pairScope), scopeKey(pairScope),
    daysFrom(90), daysFrom(-1), null, null, null,
  ]);
  const rule = `insert into suppression_rules (status, type, component_name, cve_id, reason, scope, scope_key, created_at, created_by, created_by_name,
      reviewed_by, reviewed_by_name, reviewed_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, 'demo-payments', 'Payments team (demo)', $9, $10, $11)`;
  await connection.query(rule, [
    'approved', 'cve', null, 'CVE-2007-6755', 'The algorithm is compiled out of every build in use.', JSON.stringify(allScope), scopeKey(allScope),
    daysFrom(-30), 'demo-security', 'Security team (demo)', daysFrom(-29),
  ]);
  await connection.query(rule, [
    'requested', 'cve', null, 'CVE-2023-38545', 'No proxy over SOCKS5 is used in this namespace.', JSON.stringify(pairScope), scopeKey(pairScope),
    daysFrom(-2), null, null, null,
  ]);
}

async function seedWork(connection: Client, now: Date): Promise<void> {
  const daysFrom = (days: number) => new Date(now.getTime() + days * millisecondsPerDay);
  const remediation = `insert into remediations (cve_id, namespace, cluster_name, status, created_by, created_by_name, resolved_at, created_at, updated_at)
    values ($1, $2, $3, $4, 'demo-payments', 'Payments team (demo)', $5, $6, $6)`;
  const { namespace, cluster_name: cluster } = demoPair;
  await connection.query(remediation, ['CVE-2021-44228', namespace, cluster, 'in_progress', null, daysFrom(-3)]);
  await connection.query(remediation, ['CVE-2022-22965', namespace, cluster, 'open', null, daysFrom(-1)]);
  await connection.query(remediation, ['CVE-2023-4911', namespace, cluster, 'resolved', daysFrom(-5), daysFrom(-12)]);
  const escalation = 'insert into escalations (cve_id, namespace, cluster_name, level, triggered_at, notified) values ($1, $2, $3, $4, $5, true)';
  await connection.query(escalation, ['CVE-2021-44228', namespace, cluster, 1, daysFrom(-40)]);
  await connection.query(escalation, ['CVE-2021-44228', namespace, cluster, 2, daysFrom(-33)]);
}

/** MD5 of the canonical JSON of a scope: keys sorted, no blanks. */
function scopeKey(scope: { readonly mode: string; readonly targets: readonly { readonly namespace: string; readonly cluster_name: string }[] }): string {
  const targets = scope.targets.map(({ namespace, cluster_name }) => ({ cluster_name, namespace }));
  return createHash('md5').update(JSON.stringify({ mode: scope.mode, targets })).digest('hex');
}
