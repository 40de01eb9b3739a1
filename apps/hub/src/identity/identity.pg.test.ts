import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { appDatabaseForTest, openForTest } from '../database/for-test.ts';
import { callerOf } from '../http.ts';
import type { HubServer } from '../http.ts';
import { keptLog, serverForTest } from '../http/for-test.ts';
import { readContacts } from './contacts.ts';
import { issuerKey, signToken, startTestIssuer } from './issuer-for-test.ts';
import type { IssuerKey, TestIssuer } from './issuer-for-test.ts';
import { createAuthenticate } from './resolve.ts';
import type { IdentityParts } from './resolve.ts';
import { registerIdentity } from './routes.ts';
import { createSigningKeys } from './signing-keys.ts';
import { parseSpokeKeys } from './spoke-keys.ts';
import { createUsers } from './users.ts';

const { db } = await appDatabaseForTest();
let clock = Date.parse('2026-03-01T12:00:00Z');
const now = () => clock;
const kept = keptLog();
const keys = parseSpokeKeys(
  '[{"key":"key-of-east","name":"east","clusters":["east"]},{"key":"key-of-west","name":"west","clusters":["west"],"allow_sec_team":true},"key-of-anybody"]',
);
let key: IssuerKey;
let issuer: TestIssuer;

beforeAll(async () => {
  key = await issuerKey('k');
  issuer = await startTestIssuer(key);
});
afterAll(() => issuer[Symbol.asyncDispose]());

async function server(changes: Partial<IdentityParts> = {}): Promise<HubServer> {
  const users = createUsers(db, now);
  const spoke = { keys, secTeamGroup: 'rhacs-sec-team', maxNamespaces: 3, userIdIncludesKeyName: false };
  const config = {
    issuer: issuer.issuer,
    clientId: 'desk',
    groupsClaim: 'groups',
    namespacesClaim: 'namespaces',
    usernameClaim: 'preferred_username',
  };
  const oidc = { config, keys: createSigningKeys({ issuer: issuer.issuer, now, onProblem: () => undefined }) };
  const authenticate = createAuthenticate({ dev: null, spoke, oidc, users, now, ...changes });
  const app = await serverForTest({ authenticate, log: kept.log });
  registerIdentity(app, { db, users, now });
  app.get('/api/reach', { handler: (request) => callerOf(request).reach });
  return app;
}

let app: HubServer;
beforeEach(async () => {
  clock += 10 * 60_000;
  app = await server();
});

const east = { 'x-api-key': 'key-of-east', 'x-forwarded-user': 'ada', 'x-forwarded-namespaces': 'shop:east' };
const me = (headers: Record<string, string>, on = app) => on.inject({ url: '/api/auth/me', headers });

describe('a spoke', () => {
  it('speaks for a person', async () => {
    const answer = await me({ ...east, 'x-forwarded-email': 'ada@example.com', 'x-forwarded-groups': 'dev' });
    expect(answer.json()).toEqual({
      id: 'spoke:ada',
      username: 'ada',
      email: 'ada@example.com',
      role: 'team_member',
      is_sec_team: false,
      has_all_namespaces: false,
      onboarding_completed: false,
      namespaces: [{ namespace: 'shop', cluster_name: 'east' }],
    });
  });

  it.each<[string, Record<string, string>, number, string]>([
    ['a wrong key', { ...east, 'x-api-key': 'wrong' }, 401, 'unauthenticated'],
    ['no key', { 'x-forwarded-user': 'ada', 'x-forwarded-namespaces': '*' }, 401, 'unauthenticated'],
    ['an empty key', { ...east, 'x-api-key': '' }, 401, 'unauthenticated'],
    ['no user', { 'x-api-key': 'key-of-east' }, 401, 'user_header_missing'],
    ['an empty user', { ...east, 'x-forwarded-user': '' }, 401, 'user_header_missing'],
    ['a user longer than its column', { ...east, 'x-forwarded-user': 'x'.repeat(300) }, 400, 'bad_request'],
    [
      'too many namespaces',
      { ...east, 'x-forwarded-namespaces': 'a:east,b:east,c:east,d:east' },
      400,
      'too_many_namespaces',
    ],
  ])('is refused with %s', async (_name, headers, status, code) => {
    const answer = await me({ ...headers, 'accept-language': 'en' });
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
    if (code === 'too_many_namespaces')
      expect(answer.json().detail).toBe('The request speaks for 4 namespaces; 3 are allowed.');
  });

  it('names the key in the log when it forgot the user', async () => {
    kept.lines.length = 0;
    await me({ 'x-api-key': 'key-of-east' });
    expect(kept.lines.join('')).toContain('the key east came without X-Forwarded-User');
    expect(kept.lines.join('')).not.toContain('key-of-east');
  });

  it('counts duplicates of a namespace once', async () => {
    expect(
      (await me({ ...east, 'x-forwarded-namespaces': 'a:east,a:east,a:east,a:east' })).json().namespaces,
    ).toHaveLength(1);
  });

  it('speaks only for its own cluster', async () => {
    kept.lines.length = 0;
    const answer = await me({
      ...east,
      'x-forwarded-namespaces': 'shop:east,till:west',
      'x-forwarded-groups': 'rhacs-sec-team',
    });
    expect(answer.json()).toMatchObject({
      role: 'team_member',
      namespaces: [{ namespace: 'shop', cluster_name: 'east' }],
    });
    expect(kept.lines.join('')).toContain('"dropped":{"pairs":1,"contacts":0,"secTeam":true}');
  });

  it('reaches with a wildcard no further than its clusters', async () => {
    const reach = async (headers: Record<string, string>) => (await app.inject({ url: '/api/reach', headers })).json();
    expect(await reach({ ...east, 'x-forwarded-namespaces': '*' })).toEqual({ kind: 'clusters', clusters: ['east'] });
    expect(await reach({ ...east, 'x-api-key': 'key-of-anybody', 'x-forwarded-namespaces': '*' })).toEqual({
      kind: 'all',
    });
    expect(await reach({ ...east, 'x-api-key': 'key-of-west', 'x-forwarded-groups': 'x, rhacs-sec-team' })).toEqual({
      kind: 'all',
    });
    expect(await reach({ ...east, 'x-forwarded-namespaces': '' })).toEqual({ kind: 'pairs', pairs: [] });
    expect(await reach({ ...east, 'x-forwarded-namespaces': '*,*' })).toEqual({ kind: 'pairs', pairs: [] });
  });

  it('is not believed when an identity header came twice', async () => {
    await app.listen({ port: 0, host: '127.0.0.1' });
    const address = app.server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const headers = new Headers(east);
    headers.append('x-forwarded-namespaces', 'till:east');
    expect((await fetch(`http://127.0.0.1:${port}/api/auth/me`, { headers: [...headers] })).status).toBe(200);
    // fetch joins; a raw client does not.
    const { request } = await import('node:http');
    const status = await new Promise((answered) => {
      request(
        { port, host: '127.0.0.1', path: '/api/auth/me', headers: { ...east, 'x-forwarded-user': ['eve', 'ada'] } },
        (response) => answered(response.resume().statusCode),
      ).end();
    });
    expect(status).toBe(401);
    await app.close();
  });

  it('cannot be used to make up people by strange bytes', async () => {
    for (const user of ['\u0000', 'a\u0000b', 'a\nb'])
      expect((await me({ ...east, 'x-forwarded-user': user })).statusCode).toBe(400);
    expect((await me({ ...east, 'x-api-key': '\u00ff\u00fe\u0080' })).statusCode).toBe(401);
  });
});

describe('two people of one name in two clusters', () => {
  const west = { 'x-api-key': 'key-of-west', 'x-forwarded-user': 'ada', 'x-forwarded-namespaces': 'till:west' };

  it('never see each other’s namespaces, though they share an id by default', async () => {
    const answers = await Promise.all([east, west, east, west].map((headers) => me(headers)));
    expect(answers.map((answer) => [answer.json().id, answer.json().namespaces])).toEqual([
      ['spoke:ada', [{ namespace: 'shop', cluster_name: 'east' }]],
      ['spoke:ada', [{ namespace: 'till', cluster_name: 'west' }]],
      ['spoke:ada', [{ namespace: 'shop', cluster_name: 'east' }]],
      ['spoke:ada', [{ namespace: 'till', cluster_name: 'west' }]],
    ]);
  });

  it('are two people where ids include the name of the key', async () => {
    const distinct = await server({
      spoke: { keys, secTeamGroup: 'rhacs-sec-team', maxNamespaces: 3, userIdIncludesKeyName: true },
    });
    expect((await me(east, distinct)).json().id).toBe('spoke:east:ada');
    expect((await me(west, distinct)).json().id).toBe('spoke:west:ada');
    expect((await me({ ...west, 'x-api-key': 'key-of-anybody' }, distinct)).json().id).toBe('spoke:ada');
  });
});

describe('a bearer token', () => {
  it('is taken when no key is, also beside a wrong key', async () => {
    const at = Math.floor(clock / 1_000);
    const token = await signToken(key, {
      iss: issuer.issuer,
      aud: 'desk',
      sub: 'sub-1',
      exp: at + 60,
      preferred_username: 'bob',
      namespaces: 'shop:east',
    });
    const answer = await me({
      authorization: `Bearer ${token}`,
      'x-api-key': 'wrong',
      'x-forwarded-user': 'eve',
      'x-forwarded-namespaces': '*',
    });
    expect(answer.json()).toMatchObject({
      id: 'sub-1',
      username: 'bob',
      email: '',
      has_all_namespaces: false,
      namespaces: [{ namespace: 'shop', cluster_name: 'east' }],
    });
  });

  it('that cannot be verified says nothing about why', async () => {
    const answer = await me({ authorization: 'Bearer a.b.c', 'accept-language': 'en' });
    expect([answer.statusCode, answer.json().code, answer.json().detail]).toEqual([
      401,
      'token_invalid',
      'Your login could not be verified.',
    ]);
  });
});

describe('dev mode', () => {
  const dev = {
    id: 'dev-user-1',
    name: 'Dev User',
    email: 'dev@example.com',
    role: 'sec_team',
    namespaces: '',
    namespaceEmails: 'shop:east=contact@example.com',
  } as const;
  const people = [
    {
      id: 'ana',
      name: 'Ana',
      email: 'ana@example.com',
      role: 'team_member',
      namespaces: 'shop:east',
      description: 'x',
    } as const,
  ];

  it('looks at no header', async () => {
    const open = await server({ dev });
    expect((await me({ ...east, 'x-dev-person': 'ana' }, open)).json()).toMatchObject({
      id: 'dev-user-1',
      role: 'sec_team',
    });
    expect(await readContacts(db, [{ namespace: 'shop', cluster_name: 'east' }], new Date(clock))).toMatchObject([
      { email: 'contact@example.com' },
    ]);
  });

  it('lets a browser choose among the people of a demo, and nobody else', async () => {
    const demo = await server({ dev, people });
    expect((await me({ 'x-dev-person': 'ana' }, demo)).json()).toMatchObject({ id: 'ana', role: 'team_member' });
    expect((await me({}, demo)).json()).toMatchObject({ id: 'dev-user-1' });
    expect((await me({ 'x-dev-person': 'eve' }, demo)).statusCode).toBe(401);
  });

  it('cannot be had by a header outside of it', async () => {
    const real = await server({ people });
    expect((await me({ 'x-dev-person': 'ana' }, real)).statusCode).toBe(401);
  });
});

describe('what is written down of people', () => {
  const stored = async (id: string) => await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();

  it('survives fifty first requests at once', async () => {
    const others = await Promise.all([server(), server()]);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, turn) => me({ ...east, 'x-forwarded-user': 'newcomer' }, others[turn % 2])),
    );
    expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([200]));
    expect(await stored('spoke:newcomer')).toMatchObject({ email: 'newcomer@spoke.local', role: 'team_member' });
  });

  it('follows changes, but a made-up address never replaces a real one', async () => {
    const person = { ...east, 'x-forwarded-user': 'bea' };
    await me({ ...person, 'x-forwarded-email': 'bea@example.com' });
    expect((await me(person)).json().email).toBe('bea@example.com');
    await me({
      ...person,
      'x-api-key': 'key-of-anybody',
      'x-forwarded-groups': 'rhacs-sec-team',
      'x-forwarded-email': 'bea@new.example.com',
    });
    expect(await stored('spoke:bea')).toMatchObject({ email: 'bea@new.example.com', role: 'sec_team' });
  });

  it('notes when somebody was seen at most every five minutes, and writes nothing in between', async () => {
    const person = { ...east, 'x-forwarded-user': 'cem' };
    await me(person);
    const version = async () =>
      (await sql<{ xmin: string }>`select xmin::text from users where id = 'spoke:cem'`.execute(db)).rows[0]?.xmin;
    const before = await version();
    clock += 4 * 60_000;
    await me(person);
    await me(person, await server());
    expect(await version()).toBe(before);
    clock += 2 * 60_000;
    await me(person);
    expect((await stored('spoke:cem'))?.last_seen_at?.getTime()).toBe(clock);
  });

  it('remembers that the introduction was seen, on every replica', async () => {
    const person = { ...east, 'x-forwarded-user': 'dee' };
    const replica = await server();
    await me(person, replica);
    expect((await app.inject({ method: 'PATCH', url: '/api/auth/onboarding', headers: person })).json()).toEqual({
      ok: true,
    });
    expect((await me(person, replica)).json().onboarding_completed).toBe(true);
  });

  it('takes contacts only for namespaces the same request speaks for', async () => {
    const pairs = [
      { namespace: 'desk', cluster_name: 'east' },
      { namespace: 'other', cluster_name: 'east' },
      { namespace: 'desk', cluster_name: 'west' },
    ];
    await me({
      ...east,
      'x-forwarded-namespaces': 'desk:east',
      'x-forwarded-namespace-emails': 'desk:east=a@example.com,other:east=b@example.com,desk:west=c@example.com',
    });
    expect((await readContacts(db, pairs, new Date(clock))).map((one) => one.email)).toEqual(['a@example.com']);
    await me({
      ...east,
      'x-forwarded-namespaces': 'desk:east',
      'x-forwarded-namespace-emails': 'desk:east=new@example.com',
    });
    expect((await readContacts(db, pairs, new Date(clock))).map((one) => one.email)).toEqual(['new@example.com']);
    expect(await readContacts(db, pairs, new Date(clock + 31 * 24 * 3_600_000))).toEqual([]);
  });

  it('answers 503 and not 401 when it cannot be written', async () => {
    const away = openForTest('postgres://postgres@127.0.0.1:1/app');
    const broken = await server({ users: createUsers(away.db, now) });
    const answer = await me(east, broken);
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'app_db_unavailable']);
    await away.stop();
  });
});

describe('searching for people', () => {
  const search = async (q: string, headers: Record<string, string>, role = '') =>
    (await app.inject({ url: `/api/auth/users/search?q=${encodeURIComponent(q)}&role=${role}`, headers })).json() as {
      id: string;
      username: string;
    }[];
  const person = (user: string, namespaces: string, changes: Record<string, string> = {}) => ({
    'x-api-key': 'key-of-anybody',
    'x-forwarded-user': user,
    'x-forwarded-namespaces': namespaces,
    ...changes,
  });

  it('finds colleagues and the security team by the beginning of their name', async () => {
    await me(person('Search-Anna', 'books:east'));
    await me(person('search-bert', 'books:east'));
    await me(person('search-carl', 'music:east'));
    await me(person('search_x', 'books:east'));
    await me(person('search-sec', '', { 'x-forwarded-groups': 'rhacs-sec-team' }));
    const anna = person('Search-Anna', 'books:east');
    expect((await search('SEARCH-', anna)).map((one) => one.username).sort()).toEqual([
      'Search-Anna',
      'search-bert',
      'search-sec',
    ]);
    expect((await search('search-', anna, 'sec_team')).map((one) => one.username)).toEqual(['search-sec']);
    expect(
      (await search('search-', person('search-sec', '', { 'x-forwarded-groups': 'rhacs-sec-team' }), 'nonsense')).map(
        (one) => one.username,
      ),
    ).toContain('search-carl');
    expect(await search('earch', anna)).toEqual([]);
  });

  it('takes wildcards of LIKE as letters, and any bytes', async () => {
    const anna = person('Search-Anna', 'books:east');
    expect((await search('search_', anna)).map((one) => one.username)).toEqual(['search_x']);
    expect(await search('%', anna)).toEqual([]);
    expect(await search('\u0000', anna)).toEqual([]);
    expect((await app.inject({ url: `/api/auth/users/search?q=${'x'.repeat(101)}`, headers: anna })).statusCode).toBe(
      422,
    );
  });
});
