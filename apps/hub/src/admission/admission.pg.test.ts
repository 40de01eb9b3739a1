import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AdmissionDetail, AdmissionPage, AdmissionReport, AdmissionSummary } from '@pratique/hub/contract';
import { readHubConfig } from '../config.ts';
import type { HubContext } from '../context.ts';
import { appDatabaseForTest } from '../database/for-test.ts';
import type { HubServer } from '../http.ts';
import { serverForTest } from '../http/for-test.ts';
import { createAuthenticateReporter } from '../identity/reporter.ts';
import { createAuthenticate } from '../identity/resolve.ts';
import { createUsers } from '../identity/users.ts';
import { lintApi } from '../openapi-lint.ts';
import { allowedDecision, someDecision, someImage, someReport } from './decision-for-test.ts';
import { removeOldDecisions } from './retention.ts';
import { registerAdmission } from './routes.ts';

const { db } = await appDatabaseForTest();
const start = Date.parse('2026-11-01T12:00:10Z');
let clock = start;
const now = () => clock;
const spokeKeys = [
  { key: 'key-of-any-cluster', name: 'any', allow_sec_team: true },
  { key: 'key-of-east', name: 'east', clusters: ['east'] },
];
const { spoke } = readHubConfig({ SECRET_KEY: 'x'.repeat(32), SPOKE_API_KEYS: JSON.stringify(spokeKeys) });
const clusters = ['east', 'west'].map((name) => ({ name }));
let app: HubServer;

beforeAll(async () => {
  app = await serverForTest({
    authenticate: createAuthenticate({ dev: null, spoke, oidc: null, users: createUsers(db, now), now }),
    authenticateReporter: createAuthenticateReporter(spoke),
  });
  // Decisions need neither findings nor questions; a hub that never read StackRox shows them all the same.
  registerAdmission(app, { db, now, source: { state: { clusters }, loadedVersion: 0 } } as unknown as HubContext);
  await app.ready();
});
afterAll(() => app.close());
beforeEach(async () => {
  clock = start;
  await db.deleteFrom('admission_decisions').execute();
  await db.deleteFrom('admission_gates').execute();
});

const report = (payload: unknown, key = 'key-of-any-cluster', headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: '/api/admission/decisions',
    payload: payload as AdmissionReport,
    headers: { 'x-api-key': key, 'accept-language': 'en', ...headers },
  });
const as = (namespaces: string, groups = '') => ({
  'x-api-key': 'key-of-any-cluster',
  'x-forwarded-user': 'ada',
  'x-forwarded-namespaces': namespaces,
  'x-forwarded-groups': groups,
});
const security = as('', 'rhacs-sec-team');
const shop = as('shop:east');
const list = async (headers: Record<string, string>, query = '') =>
  (await app.inject({ url: `/api/admission/decisions?${query}`, headers })).json<AdmissionPage>();
const uids = async (headers: Record<string, string>, query = '') =>
  (await list(headers, query)).items.map(({ uid }) => uid);
const summary = async (headers: Record<string, string>, query = '') =>
  (await app.inject({ url: `/api/admission/summary?${query}`, headers })).json<AdmissionSummary>();
const at = (minutes: number) => new Date(start - minutes * 60_000).toISOString();

describe('a report', () => {
  it('is kept once, however often it comes and whoever else reports the same id', async () => {
    const both = [someDecision(), allowedDecision({ uid: 'uid-2' })];
    const first = await report(someReport(both));
    expect([first.statusCode, first.json()]).toEqual([202, { accepted: 2, known: 0 }]);
    const again = await report(someReport([...both, someDecision({ uid: 'uid-3' }), someDecision({ uid: 'uid-3' })]));
    expect(again.json()).toEqual({ accepted: 1, known: 3 });
    expect((await report(someReport(both, { cluster_name: 'west' }))).json()).toEqual({ accepted: 2, known: 0 });
    expect((await list(security)).total).toBe(5);
  });

  it('is believed for the clusters of its key only', async () => {
    expect((await report(someReport([someDecision()]), 'key-of-east')).statusCode).toBe(202);
    const foreign = await report(someReport([someDecision()], { cluster_name: 'west' }), 'key-of-east');
    expect([foreign.statusCode, foreign.json().code]).toEqual([403, 'cluster_not_allowed']);
    expect(foreign.json().detail).toContain('west');
    expect((await summary(security)).clusters.map(({ state }) => state)).toEqual(['current', 'never_reported']);
  });

  it.each([
    ['no key', {}],
    ['a wrong key', { 'x-api-key': 'key-of-nobody' }],
    ['a person’s token', { 'x-api-key': '', authorization: 'Bearer x' }],
  ])('is refused with %s', async (_what, headers) => {
    const answer = await app.inject({
      method: 'POST',
      url: '/api/admission/decisions',
      payload: someReport([]),
      headers,
    });
    expect([answer.statusCode, answer.json().code]).toEqual([401, 'unauthenticated']);
  });

  it.each([
    ['a decision without an id', someReport([someDecision({ uid: '' })])],
    ['too many decisions', someReport(Array.from({ length: 501 }, (_, one) => someDecision({ uid: `u${one}` })))],
    [
      'a verdict of another kind',
      someReport([someDecision({ images: [someImage({ verdict: 'maybe' as 'refused' })] })]),
    ],
    ['no cluster', someReport([], { cluster_name: '' })],
  ])('is refused with %s', async (_what, payload) => {
    expect((await report(payload)).json().code).toBe('validation');
    expect((await list(security)).total).toBe(0);
  });

  it('of nothing but mistakes is answered with the first, however many there are', async () => {
    const nonsense = `{"cluster_name":"east","decisions":[${'{},'.repeat(900_000)}{}]}`;
    const answer = await app.inject({
      method: 'POST',
      url: '/api/admission/decisions',
      payload: nonsense,
      headers: { 'x-api-key': 'key-of-east', 'content-type': 'application/json' },
    });
    expect(answer.statusCode).toBe(422);
    expect(answer.json<{ detail: unknown[] }>().detail).toHaveLength(1);
  });

  it('may hold text that no database stores, clocks that are wrong, and fields of a later version', async () => {
    const odd = someDecision({
      at: '2099-01-01T00:00:00Z',
      name: 'a\u0000b\ud800',
      images: [{ ...someImage({ message: `${'\u{1F4A5}'.repeat(200)}\u0000` }), later: 'field' } as never],
    });
    expect((await report(someReport([odd, someDecision({ uid: 'old', at: '0001-01-01T00:00:00Z' })]))).statusCode).toBe(
      202,
    );
    const { items } = await list(security);
    expect(items.map((item) => [item.uid, item.at])).toEqual([
      ['uid-1', '2026-11-01T12:00:10.000Z'],
      ['old', '2026-10-25T12:00:10.000Z'],
    ]);
    expect(items[0]?.name).toBe('a\uFFFDb\uFFFD');
    const detail = await app.inject({ url: '/api/admission/decisions/uid-1', headers: security });
    expect(detail.json<AdmissionDetail>().images[0]).not.toHaveProperty('later');
  });
});

describe('the list of decisions', () => {
  beforeEach(async () => {
    await report(
      someReport([
        someDecision({ uid: 'refused', at: at(1) }),
        allowedDecision({ uid: 'allowed', at: at(2) }),
        allowedDecision({
          uid: 'would',
          at: at(3),
          would_allow: false,
          images: [someImage({ class: 'wrong_key', image: 'Registry.example.com/Shop/API:2' })],
        }),
        someDecision({ uid: 'till', at: at(4), namespace: 'till' }),
      ]),
    );
    await report(someReport([someDecision({ uid: 'west', at: at(5) })], { cluster_name: 'west' }));
  });

  it('holds the caller’s namespaces and no others, newest first; the security team sees all', async () => {
    expect(await uids(security)).toEqual(['refused', 'allowed', 'would', 'till', 'west']);
    expect(await uids(as('*'))).toHaveLength(5);
    expect(await uids(shop)).toEqual(['refused', 'allowed', 'would']);
    expect(await uids(as('shop:west'))).toEqual(['west']);
    expect(await uids(as(''))).toEqual([]);
    expect(await uids({ ...as('*'), 'x-api-key': 'key-of-east' })).toEqual(['refused', 'allowed', 'would', 'till']);
  });

  it.each([
    ['outcome=refused', ['refused', 'till', 'west']],
    ['outcome=would_refuse', ['would']],
    ['outcome=allowed', ['allowed']],
    ['class=wrong_key', ['would']],
    ['namespace=till', ['till']],
    ['cluster=west', ['west']],
    ['image=shop%2Fapi', ['would']],
    ['image=%25', []],
    [`since=${at(2)}`, ['refused', 'allowed']],
    ['page=2&page_size=2', ['would', 'till']],
  ])('narrows by %s', async (query, expected) => {
    expect(await uids(security, query)).toEqual(expected);
  });

  it('counts after all filters and shows why without the evidence', async () => {
    const page = await list(shop, 'page_size=1&outcome=refused');
    expect([page.total, page.items.length]).toEqual([1, 1]);
    expect(page.items[0]).toMatchObject({ outcome: 'refused', image_count: 1, refused_count: 1 });
    expect(page.items[0]?.images[0]).toMatchObject({ class: 'no_signature', validator: 'default' });
    expect(JSON.stringify(page)).not.toContain('no signature at all');
  });

  it('opens a decision with its evidence, but not for other teams', async () => {
    const detail = await app.inject({ url: '/api/admission/decisions/refused', headers: shop });
    expect(detail.json<AdmissionDetail>()).toMatchObject({
      uid: 'refused',
      cluster_name: 'east',
      policy_hash: 'sha256:policy',
      images: [{ found: ['no signature at all'], wanted: 'a signature by the key team-a' }],
      known_images: [],
    });
    for (const url of [
      '/api/admission/decisions/till',
      '/api/admission/decisions/refused?in=west',
      '/api/admission/decisions/%00',
    ]) {
      const hidden = await app.inject({ url, headers: shop });
      expect([hidden.statusCode, hidden.json().code], url).toEqual([404, 'not_found']);
    }
  });
});

describe('the summary', () => {
  it('tells "no gate has reported" from "nothing was refused", and a silent gate with its age', async () => {
    expect(await summary(shop)).toMatchObject({
      state: 'never_reported',
      refused: 0,
      clusters: [{ cluster_name: 'east', state: 'never_reported', last_report_at: null }],
    });
    await report(someReport([]));
    expect(await summary(shop)).toMatchObject({ state: 'current', refused: 0, clusters: [{ gates: 1 }] });
    clock = start + 6 * 60_000;
    expect(await summary(shop)).toMatchObject({
      state: 'silent',
      clusters: [{ state: 'silent', last_report_at: new Date(start).toISOString(), gates: 0 }],
    });
    // Pods come and go: one that reports speaks for its cluster.
    await report(someReport([], { gate: { instance: 'gate-1', version: '0.1.0', policy_hash: 'p' } }));
    expect((await summary(shop)).state).toBe('current');
  });

  it('counts the last 24 hours by namespace, those with most refusals first, as the list does', async () => {
    await report(
      someReport([
        someDecision({ uid: 'a', at: at(1), namespace: 'till' }),
        allowedDecision({ uid: 'b', at: at(2) }),
        allowedDecision({ uid: 'c', at: at(3), would_allow: false }),
        someDecision({ uid: 'd', at: at(24 * 60 + 1) }),
      ]),
    );
    const whole = await summary(security);
    expect(whole).toMatchObject({ allowed: 1, refused: 1, would_refuse: 1 });
    expect(whole.namespaces).toEqual([
      { namespace: 'till', cluster_name: 'east', allowed: 0, refused: 1, would_refuse: 0 },
      { namespace: 'shop', cluster_name: 'east', allowed: 1, refused: 0, would_refuse: 1 },
    ]);
    expect((await list(security, `outcome=refused&since=${whole.since}`)).total).toBe(whole.refused);
    expect(await summary(shop)).toMatchObject({ refused: 0, allowed: 1 });
    expect(await summary(security, 'namespace=till')).toMatchObject({ refused: 1, allowed: 0 });
  });

  it('says how many decisions went unreported, for a day', async () => {
    await report(someReport([], { dropped: 3 }));
    await report(someReport([], { dropped: 4 }));
    await report(someReport([]));
    expect((await summary(security)).clusters[0]?.dropped).toBe(7);
    clock = start + 25 * 3_600_000;
    expect((await summary(security)).clusters[0]?.dropped).toBe(0);
    await report(someReport([], { dropped: 1 }));
    expect((await summary(security)).clusters[0]?.dropped).toBe(1);
  });
});

describe('retention', () => {
  it('removes what is old, and of a cluster with too many the oldest', async () => {
    const decisions = Array.from({ length: 6 }, (_, day) => someDecision({ uid: `d${day}`, at: at(day * 1_440) }));
    await report(someReport(decisions.toReversed()));
    const kept = { retentionDays: 30, maxDecisions: 4 };
    expect(await removeOldDecisions(db, kept, { now: start })).toBe(2);
    expect(await removeOldDecisions(db, { ...kept, retentionDays: 2 }, { now: start + 60_000 })).toBe(2);
    expect(await uids(security)).toEqual(['d0', 'd1']);
    expect(await removeOldDecisions(db, kept, { now: start + 31 * 86_400_000 })).toBe(2);
    expect((await summary(security)).state).toBe('never_reported');
  });
});

describe('the description of the API', () => {
  it('is complete, and asks for the key of a cluster where gates report', () => {
    const document = app.swagger();
    expect(lintApi(document)).toEqual([]);
    expect(document.paths?.['/api/admission/decisions']?.post?.security).toEqual([{ spoke: [] }]);
  });
});
