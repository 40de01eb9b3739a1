import { Client } from 'pg';
import { sql } from 'kysely';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { appDatabaseForTest } from '../database/for-test.ts';
import { loadWorkflow, readWorkflowRevision } from './workflow-store.ts';

const { db, test } = await appDatabaseForTest();
const listener = new Client(test.url);
const heard: string[] = [];
listener.on('notification', (message) => heard.push(message.payload ?? ''));
await listener.connect();
await listener.query('listen pratique_workflow');
afterAll(() => listener.end());

beforeEach(async () => {
  await sql`truncate cve_priorities, risk_acceptances, suppression_rules, remediations, known_exploited cascade`.execute(
    db,
  );
});

interface AcceptanceChanges {
  readonly status?: string;
  readonly scope?: unknown;
  readonly ownerPairs?: unknown;
  readonly expiresAt?: string;
}

async function accept(cveId: string, changes: AcceptanceChanges = {}): Promise<void> {
  const { status = 'approved', scope = { mode: 'all', targets: [] }, ownerPairs, expiresAt } = changes;
  await sql`insert into risk_acceptances (cve_id, status, justification, scope, scope_key, owner_pairs, expires_at)
    values (${cveId}, ${status}::riskstatus, 'because', ${JSON.stringify(scope)}, '', ${ownerPairs === undefined ? null : JSON.stringify(ownerPairs)}, ${expiresAt ?? null}::timestamptz)`.execute(
    db,
  );
}

describe('the workflow as of one moment', () => {
  it('is empty when nobody has said anything', async () => {
    expect(await loadWorkflow(db)).toMatchObject({
      thresholds: { minCvss: 0, minEpss: 0 },
      priorities: [],
      acceptances: [],
      suppressions: [],
      remediations: [],
      knownExploited: [],
    });
  });

  it('holds thresholds, priorities, remediations and known exploited CVEs with their days', async () => {
    await sql`update global_settings set min_cvss_score = 7.1, min_epss_score = 0.0125`.execute(db);
    await sql`insert into cve_priorities (cve_id, priority, reason, deadline) values ('CVE-2026-1', 'high', 'because', '2026-05-01T00:00:00+02:00')`.execute(
      db,
    );
    await sql`insert into remediations (cve_id, namespace, cluster_name, status, resolved_at) values ('CVE-2026-1', 'shop', 'east', 'resolved', '2026-02-03T04:05:06Z')`.execute(
      db,
    );
    await sql`insert into known_exploited (cve_id, due_date, catalog_version) values ('CVE-2026-2', '2026-01-31', 'v'), ('CVE-2026-3', null, 'v')`.execute(
      db,
    );
    const workflow = await loadWorkflow(db);
    expect(workflow.thresholds).toEqual({ minCvss: 7.1, minEpss: 0.0125 });
    expect(workflow.priorities).toEqual([
      { cveId: 'CVE-2026-1', level: 'high', deadline: Date.parse('2026-04-30T22:00:00Z') },
    ]);
    expect(workflow.remediations).toEqual([
      {
        cveId: 'CVE-2026-1',
        namespace: 'shop',
        cluster_name: 'east',
        status: 'resolved',
        resolvedAt: Date.parse('2026-02-03T04:05:06Z'),
      },
    ]);
    expect(new Map(workflow.knownExploited)).toEqual(
      new Map([
        ['CVE-2026-2', '2026-01-31'],
        ['CVE-2026-3', null],
      ]),
    );
  });

  it('holds active acceptances only, and none that has run out', async () => {
    await accept('CVE-2026-1');
    await accept('CVE-2026-2', { status: 'requested' });
    await accept('CVE-2026-3', { status: 'rejected' });
    await accept('CVE-2026-4', { expiresAt: '2020-01-01T00:00:00Z' });
    await accept('CVE-2026-5', { status: 'requested', expiresAt: '2020-01-01T00:00:00Z' });
    await accept('CVE-2026-6', { expiresAt: '2999-01-01T00:00:00Z' });
    const { acceptances } = await loadWorkflow(db);
    expect(acceptances.map((one) => `${one.cveId} ${one.status}`).sort()).toEqual([
      'CVE-2026-1 approved',
      'CVE-2026-2 requested',
      'CVE-2026-6 approved',
    ]);
  });

  it('reads "all" of somebody who does not see all as the pairs of that moment, and old shapes as "all"', async () => {
    const target = { cluster_name: 'east', namespace: 'shop', image_name: null, deployment_id: null };
    await accept('CVE-2026-1', { ownerPairs: [{ namespace: 'shop', cluster_name: 'east' }] });
    await accept('CVE-2026-2', { scope: 'some old text' });
    await accept('CVE-2026-3', { scope: { mode: 'image', targets: [{ ...target, image_name: 'shop:1' }] } });
    await accept('CVE-2026-4', { ownerPairs: 'broken' });
    const byCve = new Map(
      (await loadWorkflow(db)).acceptances.map(({ cveId, mode, targets }) => [cveId, { mode, targets }]),
    );
    expect(byCve.get('CVE-2026-1')).toEqual({
      mode: 'namespace',
      targets: [{ namespace: 'shop', cluster_name: 'east' }],
    });
    expect(byCve.get('CVE-2026-2')).toEqual({ mode: 'all', targets: [] });
    expect(byCve.get('CVE-2026-3')).toEqual({
      mode: 'image',
      targets: [{ namespace: 'shop', cluster_name: 'east', image_name: 'shop:1' }],
    });
    expect(byCve.get('CVE-2026-4')).toEqual({ mode: 'namespace', targets: [] });
  });

  it('lets a suppression rule that nobody understands hide nothing', async () => {
    await sql`insert into suppression_rules (type, cve_id, reason, status, scope, scope_key) values
      ('cve', 'CVE-2026-1', 'because', 'approved', '"old"', 'a'),
      ('cve', 'CVE-2026-2', 'because', 'approved', '{"mode":"all","targets":[]}', 'b'),
      ('cve', 'CVE-2026-3', 'because', 'rejected', '{"mode":"all","targets":[]}', 'c'),
      ('component', null, 'because', 'approved', '{}', 'd')`.execute(db);
    await sql`insert into suppression_rules (type, component_name, version_pattern, reason, status, expires_at) values
      ('component', 'zlib', '1.*', 'because', 'requested', null), ('component', 'old', null, 'because', 'approved', '2020-01-01')`.execute(
      db,
    );
    const rules = (await loadWorkflow(db)).suppressions.map((one) => one.rule);
    expect(rules).toHaveLength(3);
    expect(rules).toEqual(
      expect.arrayContaining([
        { type: 'cve', cveId: 'CVE-2026-1', mode: 'namespace', targets: [] },
        { type: 'cve', cveId: 'CVE-2026-2', mode: 'all', targets: [] },
        { type: 'component', componentName: 'zlib', versionPattern: '1.*' },
      ]),
    );
  });
});

describe('the revision', () => {
  it.each([
    ['a priority', sql`insert into cve_priorities (cve_id, priority, reason) values ('CVE-2026-1', 'high', 'r')`],
    [
      'an acceptance',
      sql`insert into risk_acceptances (cve_id, status, justification, scope, scope_key) values ('CVE-2026-1', 'requested', 'r', '{}', '')`,
    ],
    [
      'a suppression rule',
      sql`insert into suppression_rules (type, component_name, reason) values ('component', 'x', 'r')`,
    ],
    ['a remediation', sql`insert into remediations (cve_id, namespace, cluster_name) values ('CVE-2026-1', 'a', 'b')`],
    ['the settings', sql`update global_settings set min_cvss_score = 5`],
    ['the KEV catalogue', sql`insert into known_exploited (cve_id, catalog_version) values ('CVE-2026-1', 'v')`],
  ])('changes with %s and is announced', async (_name, change) => {
    const before = await readWorkflowRevision(db);
    heard.length = 0;
    await change.execute(db);
    const after = await readWorkflowRevision(db);
    expect(after).not.toBe(before);
    await expect.poll(() => heard, { timeout: 10_000 }).toContain(after.split('.')[0]);
    expect((await loadWorkflow(db)).revision).toBe(after);
  });

  it('changes when an acceptance runs out, though no row does', async () => {
    await accept('CVE-2026-1', { expiresAt: new Date(Date.now() + 400).toISOString() });
    const before = await readWorkflowRevision(db);
    await expect.poll(() => readWorkflowRevision(db), { timeout: 10_000 }).not.toBe(before);
    expect((await loadWorkflow(db)).acceptances).toEqual([]);
  });

  it('does not change with what is taken back, nor with what decides nothing', async () => {
    const before = await readWorkflowRevision(db);
    await db
      .transaction()
      .execute(async (transaction) => {
        await sql`insert into cve_priorities (cve_id, priority, reason) values ('CVE-2026-1', 'high', 'r')`.execute(
          transaction,
        );
        throw new Error('taken back');
      })
      .catch(() => undefined);
    await sql`insert into namespace_contacts (namespace, cluster_name, escalation_email) values ('a', 'b', 'c@example.com')`.execute(
      db,
    );
    expect(await readWorkflowRevision(db)).toBe(before);
  });

  it('never shows an older truth under a newer number, while others write', async () => {
    const writer = (async () => {
      for (let turn = 0; turn < 30; turn += 1)
        await sql`insert into cve_priorities (cve_id, priority, reason) values (${`CVE-2026-${turn}`}, 'low', 'r')`.execute(
          db,
        );
    })();
    for (let turn = 0; turn < 15; turn += 1) {
      const { revision, priorities } = await loadWorkflow(db);
      const again = await loadWorkflow(db);
      if (again.revision === revision) expect(again.priorities.length).toBe(priorities.length);
      else expect(again.priorities.length).toBeGreaterThan(priorities.length);
    }
    await writer;
    expect((await loadWorkflow(db)).priorities).toHaveLength(30);
  });
});
