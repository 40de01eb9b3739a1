import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from 'kysely';
import { readHubConfig } from './config.ts';
import { appDatabaseForTest } from './database/for-test.ts';
import { registerDev } from './dev/routes.ts';
import type { HubServer } from './http.ts';
import { allRoutes } from './http.ts';
import { authorisationMatrix } from './http/authorisation-matrix.ts';
import type { MatrixCaller } from './http/authorisation-matrix.ts';
import { serverForTest } from './http/for-test.ts';
import { createAuthenticate } from './identity/resolve.ts';
import { registerIdentity } from './identity/routes.ts';
import { createUsers } from './identity/users.ts';
import { lintApi } from './openapi-lint.ts';
import { registerSettings } from './settings/routes.ts';

const { db } = await appDatabaseForTest();
const config = readHubConfig({ SECRET_KEY: 'x'.repeat(32), SPOKE_API_KEYS: 'key-of-the-matrix-test' });
let app: HubServer;

beforeAll(async () => {
  const users = createUsers(db, Date.now);
  app = await serverForTest({
    authenticate: createAuthenticate({ dev: null, spoke: config.spoke, oidc: null, users, now: Date.now }),
  });
  registerIdentity(app, { db, users, now: Date.now });
  registerSettings(app, db);
  registerDev(app, [
    {
      id: 'ana',
      name: 'Ana',
      email: 'ana@example.com',
      role: 'team_member',
      namespaces: 'shop:east',
      description: 'x',
    },
  ]);
  await app.ready();
});
afterAll(() => app.close());

const headers = (user: string, namespaces: string, groups = '') => ({
  'x-api-key': 'key-of-the-matrix-test',
  'x-forwarded-user': user,
  'x-forwarded-namespaces': namespaces,
  'x-forwarded-groups': groups,
});
const callers: readonly MatrixCaller[] = [
  { name: 'nobody', is: 'nobody', headers: {} },
  {
    name: 'somebody with a wrong key',
    is: 'nobody',
    headers: { ...headers('eve', '*', 'rhacs-sec-team'), 'x-api-key': 'wrong' },
  },
  { name: 'a member without namespaces', is: 'somebody', headers: headers('m0', '') },
  { name: 'a member', is: 'somebody', headers: headers('m1', 'shop:east') },
  { name: 'a wildcard user', is: 'somebody', headers: headers('w', '*') },
  { name: 'the security team', is: 'sec', headers: headers('s', '', 'rhacs-sec-team') },
];

describe('every door', () => {
  it('opens for whom the route says and for nobody else', async () => {
    const rows = await authorisationMatrix(app, callers);
    expect(rows.filter((row) => row.violation !== null)).toEqual([]);
    expect(rows.length).toBe(allRoutes(app).length * callers.length);
    const settings = rows.filter((row) => row.route.url === '/api/settings').map((row) => row.status);
    expect(settings).toEqual([401, 401, 403, 403, 403, 200]);
  });

  it('would be noticed if it stood open', async () => {
    const open = await serverForTest({
      authenticate: () => Promise.resolve({ kind: 'refused', code: 'unauthenticated', detail: '', values: {} }),
    });
    open.get('/api/forgotten', { config: { access: 'public' }, handler: () => ({}) });
    const [row] = (await authorisationMatrix(open, callers.slice(0, 1))).filter(
      (one) => one.route.url === '/api/forgotten',
    );
    expect(row).toMatchObject({ status: 200, route: { access: 'public' } });
    await open.close();
  });
});

describe('the description of the API', () => {
  it('is valid OpenAPI 3.1 and complete', async () => {
    const document = app.swagger();
    expect(lintApi(document)).toEqual([]);
    expect(
      await new Validator().validate(structuredClone(document) as unknown as Record<string, unknown>),
    ).toMatchObject({ valid: true });
    expect(Object.keys(document.paths ?? {})).toEqual(
      expect.arrayContaining(['/health', '/ready', '/api/auth/me', '/api/settings']),
    );
  });

  it('is served with its pages', async () => {
    expect((await app.inject('/openapi.json')).json().openapi).toBe('3.1.0');
    expect((await app.inject('/redoc')).headers.location).toBe('/docs');
    const docs = await app.inject('/docs');
    expect(docs.statusCode).toBe(200);
    expect(docs.headers['content-security-policy']).not.toMatch(/https?:|upgrade-insecure/);
    const closed = await serverForTest({ apiDocs: false });
    expect([(await closed.inject('/openapi.json')).statusCode, (await closed.inject('/docs')).statusCode]).toEqual([
      404, 404,
    ]);
    await closed.close();
  });

  it.each([
    [
      'a reference to nothing',
      {
        paths: {
          '/a': {
            get: { operationId: 'a', summary: 's', responses: { 200: { $ref: '#/components/responses/none' } } },
          },
        },
      },
      /nowhere/,
    ],
    ['no summary', { paths: { '/a': { get: { operationId: 'a', responses: { 200: {} } } } } }, /no summary/],
    [
      'two operations of one id',
      {
        paths: {
          '/a': {
            get: { operationId: 'a', summary: 's', responses: { 200: {} } },
            put: { operationId: 'a', summary: 's', responses: { 200: {} } },
          },
        },
      },
      /operationId of GET/,
    ],
    ['no success', { paths: { '/a': { get: { operationId: 'a', summary: 's', responses: { 404: {} } } } } }, /success/],
    [
      'an undeclared parameter',
      { paths: { '/a/{id}': { get: { operationId: 'a', summary: 's', responses: { 200: {} } } } } },
      /\{id\}/,
    ],
  ])('would be noticed with %s', (_name, document, words) => {
    expect(lintApi(document).join('\n')).toMatch(words);
  });
});

describe('settings', () => {
  it('gives everybody the thresholds, as numbers', async () => {
    await sql`update global_settings set min_cvss_score = 7.1, min_epss_score = 0.05`.execute(db);
    const answer = await app.inject({ url: '/api/settings/thresholds', headers: headers('m0', '') });
    expect(answer.json()).toEqual({ min_cvss_score: 7.1, min_epss_score: 0.05 });
  });
});
