import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAcceptancesOfCve } from '../acceptances/store.ts';
import { countEscalations, readEscalationsOfCve } from '../escalations/store.ts';
import { readCveRecords } from '../cves/records.ts';
import { readPriority } from '../priorities/store.ts';
import { readRemediationsOfCve } from '../remediations/store.ts';
import { readSettings, readThresholds } from '../settings/store.ts';
import { readSuppressionsAbout } from '../suppressions/store.ts';
import type { Reach } from '../visibility/reach.ts';
import { appDatabaseForTest } from './for-test.ts';

const { db, pool } = await appDatabaseForTest();
const all: Reach = { kind: 'all' };
const nothing: Reach = { kind: 'pairs', pairs: [] };
const shop: Reach = { kind: 'pairs', pairs: [{ namespace: 'shop', cluster_name: 'east' }] };
const east: Reach = { kind: 'clusters', clusters: ['east'] };

beforeAll(async () => {
  await sql`insert into users (id, username, email, role) values ('u-sec', 'Sec', '', 'sec_team')`.execute(db);
  await sql`insert into escalations (cve_id, namespace, cluster_name, level, triggered_at) values
    ('CVE-2026-1', 'shop', 'east', 1, '2026-01-03T00:00:00Z'), ('CVE-2026-1', 'till', 'east', 1, '2026-01-01T00:00:00Z'),
    ('CVE-2026-1', 'shop', 'west', 2, '2026-01-05T00:00:00Z'), ('CVE-2026-2', 'shop', 'east', 3, '2026-01-09T00:00:00Z')`.execute(
    db,
  );
  await sql`insert into remediations (cve_id, namespace, cluster_name, status, target_date, created_by_name) values
    ('CVE-2026-1', 'shop', 'east', 'open', '2026-03-29', 'Ada'), ('CVE-2026-1', 'till', 'east', 'open', null, null)`.execute(
    db,
  );
});

describe('rows within a reach', () => {
  it.each<[string, Reach, number]>([
    ['everything', all, 4],
    ['a cluster', east, 3],
    ['one pair', shop, 2],
    ['no pair, which is never everything', nothing, 0],
    ['no cluster', { kind: 'clusters', clusters: [] }, 0],
  ])('%s', async (_name, reach, count) => {
    expect(await countEscalations(db, { reach })).toBe(count);
  });

  it('are narrowed by the filter and never widened', async () => {
    expect(await countEscalations(db, { reach: all, filter: { namespace: 'shop' } })).toBe(3);
    expect(await countEscalations(db, { reach: all, filter: { namespace: 'shop', cluster: 'west' } })).toBe(1);
    expect(await countEscalations(db, { reach: shop, filter: { cluster: 'west' } })).toBe(0);
    expect(await countEscalations(db, { reach: all, filter: { cluster: '' } })).toBe(0);
  });

  it('compare both parts of a pair together', async () => {
    const crossed: Reach = {
      kind: 'pairs',
      pairs: [
        { namespace: 'till', cluster_name: 'west' },
        { namespace: 'SHOP', cluster_name: 'east' },
      ],
    };
    expect(await countEscalations(db, { reach: crossed })).toBe(0);
  });
});

describe('what the page of a CVE reads', () => {
  it('has the earliest escalation per level within reach', async () => {
    const levels = async (reach: Reach, filter = {}) =>
      (await readCveRecords(pool, 'CVE-2026-1', { reach, filter })).levels;
    const [first, second] = [Date.parse('2026-01-01'), Date.parse('2026-01-05')];
    expect(await levels(all)).toEqual({ 1: first, 2: second });
    expect(await levels(shop)).toEqual({ 1: Date.parse('2026-01-03') });
    expect(await levels(nothing)).toEqual({});
    expect(await levels(all, { namespace: 'shop', cluster: 'east' })).toEqual(await levels(shop));
    expect(await levels(all, { cluster: 'nowhere' })).toEqual({});
    expect((await readEscalationsOfCve(db, 'CVE-2026-1', { reach: east })).map((one) => one.namespace)).toEqual([
      'till',
      'shop',
    ]);
  });

  it('has remediations with days as people wrote them, whatever the time zone', async () => {
    expect(await readRemediationsOfCve(db, 'CVE-2026-1', { reach: shop })).toMatchObject([
      { namespace: 'shop', targetDate: '2026-03-29', createdByName: 'Ada', resolvedAt: null },
    ]);
    expect(await readRemediationsOfCve(db, 'CVE-2026-1', { reach: nothing })).toEqual([]);
  });

  it('has the priority with the present name of its author', async () => {
    await sql`insert into cve_priorities (cve_id, priority, reason, set_by, set_by_name, created_at) values ('CVE-2026-1', 'critical', 'because', 'u-sec', 'Old Name', '2026-01-01T00:00:00Z')`.execute(
      db,
    );
    expect(await readPriority(db, 'CVE-2026-1')).toEqual({
      level: 'critical',
      reason: 'because',
      setByName: 'Sec',
      deadline: null,
      createdAt: Date.parse('2026-01-01'),
    });
    await sql`delete from users where id = 'u-sec'`.execute(db);
    expect((await readPriority(db, 'CVE-2026-1'))?.setByName).toBe('Old Name');
    expect(await readPriority(db, 'CVE-2026-9')).toBeNull();
  });

  it('has acceptances by CVE', async () => {
    await sql`insert into risk_acceptances (cve_id, status, justification, scope, scope_key, created_by_name) values ('CVE-2026-1', 'rejected', 'j', '{"mode":"all","targets":[]}', '', 'Ada')`.execute(
      db,
    );
    const [one] = await readAcceptancesOfCve(db, 'CVE-2026-1');
    expect(one).toMatchObject({
      status: 'rejected',
      scope: { mode: 'all', targets: [] },
      createdByName: 'Ada',
      reviewedAt: null,
    });
  });

  it('has the suppression rules about the CVE and its components', async () => {
    await sql`insert into suppression_rules (type, cve_id, component_name, reason, scope_key) values ('cve', 'CVE-2026-1', null, 'r', 'a'), ('component', null, 'zlib', 'r', 'b'), ('component', null, 'other', 'r', 'c')`.execute(
      db,
    );
    const about = async (componentNames: readonly string[]) =>
      (await readSuppressionsAbout(db, { cveId: 'CVE-2026-1', componentNames })).map(
        (one) => one.cveId ?? one.componentName,
      );
    expect(new Set(await about(['zlib']))).toEqual(new Set(['CVE-2026-1', 'zlib']));
    expect(await about([])).toEqual(['CVE-2026-1']);
  });

  it('has the settings the migrations made', async () => {
    expect(await readThresholds(db)).toEqual({ min_cvss_score: 0, min_epss_score: 0 });
    expect(await readSettings(db)).toMatchObject({
      escalation_warning_days: 3,
      digest_day: 0,
      management_email: '',
      updated_by: null,
    });
    expect((await readSettings(db))?.escalation_rules).toHaveLength(3);
  });
});
