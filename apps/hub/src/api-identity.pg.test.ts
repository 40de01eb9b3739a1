/** Who somebody is decides what every page holds: keys, headers and tokens against the complete hub. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CvePage, ErrorBody, ImageCveGroup, Me, Pair } from '@pratique/hub/contract';
import { startIssuer, type Issuer } from '@pratique/testbed/oidc';
import { get, hubForTest, installationForTest, keys, people, somebody, untilRead } from './hub-for-test.ts';
import type { Hub } from './index.ts';

const installation = await installationForTest();
let issuer: Issuer;
let hub: Hub;

beforeAll(async () => {
  issuer = await startIssuer({ audience: 'desk' });
  hub = await hubForTest(installation, {
    env: { OIDC_ISSUER: issuer.issuer, OIDC_CLIENT_ID: 'desk', MAX_NAMESPACE_COUNT: '3' },
  });
  await untilRead(hub);
});
afterAll(async () => {
  await hub.stop();
  await issuer.stop();
});

const total = async (headers: Record<string, string>) =>
  (await get<CvePage>(hub, '/api/cves?page_size=1', headers)).body.total;
const pairs = async (headers: Record<string, string>) => (await get<Pair[]>(hub, '/api/namespaces', headers)).body;
const places = async (headers: Record<string, string>) => {
  const { body } = await get<ImageCveGroup[]>(hub, '/api/cves/by-image', headers);
  return {
    namespaces: new Set(body.flatMap((group) => group.namespaces)),
    clusters: new Set(body.flatMap((group) => group.clusters)),
  };
};
const withKey = (key: string, namespaces: string, groups = '') => ({
  ...somebody('alice', namespaces, groups),
  'x-api-key': key,
});

describe('a key bound to a cluster', () => {
  it('drops the pairs of other clusters before anything is looked up', async () => {
    const mixed = withKey(keys.eu, 'payments:harbor-eu,payments:harbor-us,checkout:harbor-us');
    expect(await pairs(mixed)).toEqual([{ namespace: 'payments', cluster_name: 'harbor-eu' }]);
    expect(await total(mixed)).toBe(await total(people.payments));
    expect((await places(mixed)).clusters).toEqual(new Set(['harbor-eu']));
  });

  it('leaves nothing where every pair is foreign, which is nothing and not everything', async () => {
    const foreign = withKey(keys.us, 'payments:harbor-eu');
    expect([await total(foreign), await pairs(foreign)]).toEqual([0, []]);
  });

  it('takes a wildcard for its own cluster', async () => {
    const wild = withKey(keys.us, '*');
    expect((await places(wild)).clusters).toEqual(new Set(['harbor-us']));
    expect(new Set((await pairs(wild)).map(({ cluster_name: cluster }) => cluster))).toEqual(new Set(['harbor-us']));
    expect(await total(wild)).toBeLessThan(await total(people.wildcard));
  });

  it('makes nobody a member of the security team', async () => {
    const { body } = await get<Me>(hub, '/api/auth/me', withKey(keys.eu, 'payments:harbor-eu', 'rhacs-sec-team'));
    expect([body.role, body.is_sec_team]).toEqual(['team_member', false]);
    const { status, body: refusal } = await get<ErrorBody>(
      hub,
      '/api/settings',
      withKey(keys.eu, '*', 'rhacs-sec-team'),
    );
    expect([status, refusal.code]).toEqual([403, 'sec_team_required']);
  });
});

describe('the namespaces header', () => {
  it.each([
    ['payments:harbor-eu,*', 1],
    ['*,payments:harbor-eu', 1],
    ['payments', 0],
    [':harbor-eu,payments:', 0],
    [' , ,,', 0],
    ['*:harbor-eu', 1],
    [' payments : harbor-eu , payments:harbor-eu', 1],
    ['payments:harbor-eu:2', 1],
  ])('"%s" grants %d pairs and never everything', async (text, count) => {
    const headers = somebody('mallory', text);
    expect(await pairs(headers)).toHaveLength(count);
    expect(await total(headers)).toBeLessThan(await total(people.wildcard));
    expect((await get<Me>(hub, '/api/auth/me', headers)).body.has_all_namespaces).toBe(false);
  });

  it('with more pairs than allowed is refused, with both numbers', async () => {
    const { status, body } = await get<ErrorBody>(hub, '/api/cves', somebody('mallory', 'a:1,b:1,c:1,d:1'));
    expect([status, body.code]).toEqual([400, 'too_many_namespaces']);
    expect(body.detail).toMatch(/4.*3/);
  });

  it('is worth nothing without the user, and nothing without the key', async () => {
    const { 'x-forwarded-user': _user, ...nameless } = people.payments;
    expect((await get<ErrorBody>(hub, '/api/cves', nameless)).body.code).toBe('user_header_missing');
    const { 'x-api-key': _key, ...keyless } = people.security;
    expect((await get<ErrorBody>(hub, '/api/cves', keyless)).status).toBe(401);
  });
});

describe('a token', () => {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  it('gives a member exactly the namespaces of its claim', async () => {
    const token = await issuer.token({
      sub: 'oidc-1',
      preferred_username: 'ada',
      namespaces: ['payments:harbor-eu'],
      groups: ['team-payments'],
    });
    const { body } = await get<Me>(hub, '/api/auth/me', bearer(token));
    expect(body).toMatchObject({
      id: 'oidc-1',
      username: 'ada',
      role: 'team_member',
      namespaces: [{ namespace: 'payments', cluster_name: 'harbor-eu' }],
    });
    expect(await total(bearer(token))).toBe(await total(people.payments));
  });

  it('of the security team opens what is theirs', async () => {
    const token = await issuer.token({ sub: 'oidc-2', groups: 'rhacs-sec-team,others' });
    expect((await get(hub, '/api/settings', bearer(token))).status).toBe(200);
    expect(await total(bearer(token))).toBe(await total(people.security));
  });

  it('is not helped by headers that only a spoke may send', async () => {
    const token = await issuer.token({ sub: 'oidc-3', namespaces: '' });
    const headers = {
      ...bearer(token),
      'x-forwarded-user': 'sofia',
      'x-forwarded-namespaces': '*',
      'x-forwarded-groups': 'rhacs-sec-team',
    };
    expect(await total(headers)).toBe(0);
    expect((await get<Me>(hub, '/api/auth/me', headers)).body).toMatchObject({ id: 'oidc-3', role: 'team_member' });
  });

  it('stays good when the issuer begins to sign with a new key', async () => {
    await issuer.rotate();
    const token = await issuer.token({ sub: 'oidc-2', groups: 'rhacs-sec-team' }, { key: 'previous' });
    expect(await total(bearer(token))).toBe(await total(people.security));
  });

  it.each([
    ['unsigned', { alg: 'none' }],
    ['signed with the public key as a secret', { alg: 'HS256' }],
    ['run out', { expiresIn: -120 }],
    ['for somebody else', { audience: 'another' }],
    ['of a foreign key', { key: 'foreign' }],
    ['without an end', { expiresIn: null }],
  ] as const)('that is %s opens nothing and is not told why', async (_what, request) => {
    const token = await issuer.token({ sub: 'oidc-4', groups: ['rhacs-sec-team'] }, request);
    const { status, body } = await get<ErrorBody>(hub, '/api/cves', bearer(token));
    expect([status, body.code]).toEqual([401, 'token_invalid']);
    expect(JSON.stringify(body)).not.toMatch(/alg|expired|audience|kid/i);
  });
});
