import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import Type from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '@pratique/runtime/fault';
import { notFound } from './errors.ts';
import { allRoutes, callerOf } from './http.ts';
import type { HubServer } from './http.ts';
import { databaseAway, keptLog, serverForTest, someCaller } from './http/for-test.ts';

const kept = keptLog();
let app: HubServer;
let currentId = 'spoke:ada';

beforeAll(async () => {
  app = await serverForTest({
    log: kept.log,
    authenticate: (rawHeaders) =>
      Promise.resolve(
        rawHeaders.includes('nobody')
          ? { kind: 'refused', code: 'unauthenticated', detail: 'the true reason', values: {} }
          : {
              kind: 'identified',
              caller: someCaller({ id: currentId }),
              dropped: { pairs: 0, contacts: 0, secTeam: false },
            },
      ),
  });
  const query = Type.Object({
    severity: Type.Optional(Type.Array(Type.String(), { maxItems: 2 })),
    fixable: Type.Optional(Type.Boolean()),
    shown: Type.Boolean({ default: false }),
    page: Type.Integer({ minimum: 1, default: 1 }),
  });
  app.get('/api/echo', { schema: { summary: 'echo', querystring: query }, handler: (request) => request.query });
  app.post('/api/echo', {
    schema: { summary: 'echo', body: Type.Object({ name: Type.String({ minLength: 1 }), age: Type.Integer() }) },
    handler: (request) => request.body,
  });
  app.patch('/api/echo', {
    schema: {
      summary: 'echo',
      body: Type.Object({
        note: Type.Optional(Type.Union([Type.String(), Type.Null()])),
        days: Type.Optional(Type.Integer()),
      }),
    },
    handler: (request) => request.body,
  });
  app.post('/api/nothing', { handler: () => ({ ok: true }) });
  app.get('/api/sec', { config: { access: 'sec' }, handler: () => ({ secret: true }) });
  app.get('/api/who', { handler: (request) => ({ id: callerOf(request).id }) });
  app.get('/api/open', { config: { access: 'public' }, handler: (request) => ({ id: request.caller?.id ?? null }) });
  app.get('/api/things/:id', {
    schema: { params: Type.Object({ id: Type.String({ format: 'uuid' }) }) },
    handler: () => {
      throw notFound('CVE-2026-1');
    },
  });
  app.get('/api/bug', {
    handler: () => {
      throw new Error('password=hunter2');
    },
  });
  app.get('/api/central', {
    handler: () => {
      throw new Fault({ code: 'stackrox-unavailable', message: 'host central-db refused', hint: 'x' });
    },
  });
  app.get('/api/raced', {
    handler: () => {
      throw Object.assign(new Error('duplicate key value'), { code: '23505' });
    },
  });
  app.get('/api/lying', {
    schema: { response: { 200: Type.Object({ count: Type.Integer() }) } },
    handler: () => ({ count: 'many' }) as never,
  });
  app.get('/api/images/:image_id', { handler: (request) => request.params as object });
  await app.ready();
});
afterAll(() => app.close());

describe('queries', () => {
  it.each([
    ['severity=4', { severity: ['4'] }],
    ['severity=4&severity=critical', { severity: ['4', 'critical'] }],
    ['fixable=true', { fixable: true }],
    ['fixable=1', { fixable: true }],
    ['fixable=0', { fixable: false }],
    ['fixable=False', { fixable: false }],
    ['shown=yes', { shown: true }],
    ['page=3', { page: 3 }],
    ['nonsense=1', {}],
  ])('reads ?%s', async (query, expected) => {
    const answer = await app.inject(`/api/echo?${query}`);
    expect(answer.json()).toMatchObject({ shown: false, page: 1, ...expected });
  });

  it.each([
    ['page=0', 'page'],
    ['page=two', 'page'],
    ['page=', 'page'],
    ['fixable=perhaps', 'fixable'],
    ['severity=1&severity=2&severity=3', 'severity'],
  ])('refuses ?%s with 422 and the place', async (query, field) => {
    const answer = await app.inject(`/api/echo?${query}`);
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({ code: 'validation', detail: [{ loc: ['query', field] }] });
    expect(answer.json().request_id).toBe(answer.headers['x-request-id']);
  });
});

describe('bodies', () => {
  it('lists every mistake of a form at once', async () => {
    const answer = await app.inject({ method: 'POST', url: '/api/echo', payload: { name: '' } });
    expect(
      answer.json().detail.map((issue: { loc: unknown[]; type: string }) => [issue.loc.join('.'), issue.type]),
    ).toEqual(
      expect.arrayContaining([
        ['body.name', 'minLength'],
        ['body.age', 'missing'],
      ]),
    );
  });

  it.each([
    ['broken JSON', '{"name":', 'application/json', 422],
    ['another media type', '<a/>', 'application/xml', 422],
    ['a body over 1 MiB', JSON.stringify({ name: 'x'.repeat(1_100_000), age: 1 }), 'application/json', 413],
    ['a prototype trick', '{"__proto__": {"admin": true}, "name": "x", "age": 1}', 'application/json', 422],
  ])('refuses %s with a code', async (_name, payload, type, status) => {
    const answer = await app.inject({ method: 'POST', url: '/api/echo', payload, headers: { 'content-type': type } });
    expect(answer.statusCode).toBe(status);
    expect(answer.json().code).toMatch(/^(?:validation|too_large)$/);
  });

  it('are taken as they are: null stays null, text is no number', async () => {
    const send = (payload: object) => app.inject({ method: 'PATCH', url: '/api/echo', payload });
    expect((await send({ note: null })).json()).toEqual({ note: null });
    expect((await send({ note: '', days: 3, more: 1 })).json()).toEqual({ note: '', days: 3, more: 1 });
    for (const days of ['3', null, true, 1.5]) expect((await send({ days })).statusCode).toBe(422);
  });

  it('takes an empty body that calls itself JSON where none is needed', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: '/api/nothing',
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.json()).toEqual({ ok: true });
  });
});

describe('who may', () => {
  it('turns away whom nobody vouches for, and keeps the true reason in the log', async () => {
    const answer = await app.inject({ url: '/api/who', headers: { 'x-test': 'nobody', 'accept-language': 'en' } });
    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toMatchObject({ code: 'unauthenticated', detail: 'You are not logged in.' });
    expect(answer.body).not.toContain('the true reason');
    expect(kept.lines.join('')).toContain('the true reason');
  });

  it('keeps others out of what is for the security team', async () => {
    const answer = await app.inject('/api/sec');
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'sec_team_required']);
  });

  it('asks nobody who they are on public routes', async () => {
    expect((await app.inject({ url: '/api/open', headers: { 'x-test': 'nobody' } })).json()).toEqual({ id: null });
  });

  it('knows every operation and closes those that say nothing', () => {
    const routes = allRoutes(app);
    expect(routes).toContainEqual({ method: 'GET', url: '/api/who', access: 'any' });
    expect(routes).toContainEqual({ method: 'GET', url: '/api/sec', access: 'sec' });
    expect(routes.filter((route) => route.access === 'public').map((route) => route.url)).toEqual(
      expect.arrayContaining(['/health', '/ready', '/api/open']),
    );
  });
});

describe('changes that another site causes', () => {
  it.each([
    ['a program, which says nothing', {}, 200],
    ['our own page', { 'sec-fetch-site': 'same-origin', origin: 'https://spoke.example.org' }, 200],
    ['an allowed origin', { 'sec-fetch-site': 'cross-site', origin: 'https://cve.example.com' }, 200],
    ['an old browser on our own host', { origin: 'http://localhost:80' }, 200],
    ['a foreign page', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, 403],
    ['a foreign page in an old browser', { origin: 'https://evil.example' }, 403],
    ['a sibling domain', { 'sec-fetch-site': 'same-site', origin: 'https://evil.example.com' }, 403],
    ['a page that hides where it is from', { origin: 'null' }, 403],
    ['a foreign page without an origin', { 'sec-fetch-site': 'cross-site' }, 403],
  ])('from %s', async (_name, headers, status) => {
    const answer = await app.inject({ method: 'POST', url: '/api/nothing', headers });
    expect(answer.statusCode).toBe(status);
    if (status === 403) expect(answer.json().code).toBe('cross_site');
  });

  it('does not look at mere questions', async () => {
    expect((await app.inject({ url: '/api/who', headers: { origin: 'https://evil.example' } })).statusCode).toBe(200);
  });
});

describe('answers that are no success', () => {
  it.each([
    ['/api/things/0e5b9b0e-6f53-4a4c-9f13-0f3f0d8a7a11', 404, 'not_found', 'Not found: CVE-2026-1'],
    ['/api/things/not-a-uuid', 422, 'validation', undefined],
    ['/api/no-such-thing', 404, 'not_found', 'Not found: /api/no-such-thing'],
    ['/api/bug', 500, 'internal', 'Something went wrong on our side.'],
    ['/api/central', 503, 'stackrox_unavailable', 'The StackRox database cannot be read at the moment.'],
    ['/api/raced', 409, 'conflict', 'This does not go together with what is there: it exists already'],
    ['/api/lying', 500, 'internal', undefined],
  ])('%s → %i %s', async (url, status, code, detail) => {
    const answer = await app.inject({ url, headers: { 'accept-language': 'en' } });
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
    if (detail !== undefined) expect(answer.json().detail).toBe(detail);
    expect(answer.body).not.toMatch(/hunter2|central-db|\\n +at |\.ts:/);
  });

  it('speaks German unless asked otherwise', async () => {
    const texts = await Promise.all(
      [undefined, 'en-GB', 'es;q=0.9,de;q=0.5', 'fr', 'fr;q=1,en;q=0.1', 'en;q=0'].map(
        async (language) =>
          (
            await app.inject({
              url: '/api/sec',
              headers: language === undefined ? {} : { 'accept-language': language },
            })
          ).json().detail,
      ),
    );
    expect(texts).toEqual([
      'Das darf nur das Security-Team.',
      'Only the security team may do this.',
      'Solo el equipo de seguridad puede hacer esto.',
      'Das darf nur das Security-Team.',
      'Only the security team may do this.',
      'Das darf nur das Security-Team.',
    ]);
  });
});

describe('every answer', () => {
  it('carries the headers that protect it', async () => {
    const { headers } = await app.inject('/api/who');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    });
    expect(headers['content-security-policy']).toContain("script-src 'self';");
    expect(headers['content-security-policy']).not.toContain('unsafe-eval');
  });

  it('keeps the request id of a proxy, but only one that is safe in a log', async () => {
    const [given, forged] = await Promise.all(
      ['abcdef-123456', 'a\tb{"level":"fatal"}'].map((id) =>
        app.inject({ url: '/api/who', headers: { 'x-request-id': id } }),
      ),
    );
    expect(given?.headers['x-request-id']).toBe('abcdef-123456');
    expect(forged?.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('allows browsers of listed origins only', async () => {
    const preflight = (origin: string) =>
      app.inject({
        method: 'OPTIONS',
        url: '/api/who',
        headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'x-test' },
      });
    const own = await preflight('https://cve.example.com');
    expect(own.headers).toMatchObject({
      'access-control-allow-origin': 'https://cve.example.com',
      'access-control-allow-credentials': 'true',
    });
    expect((await preflight('https://evil.example')).headers['access-control-allow-origin']).not.toBe(
      'https://evil.example',
    );
  });

  it('leaves a line in the log that names nobody', async () => {
    kept.lines.length = 0;
    currentId = 'spoke:very-personal-name';
    await app.inject('/api/who');
    currentId = 'spoke:ada';
    const line = kept.lines.find((one) => one.includes('answered')) ?? '';
    expect(JSON.parse(line)).toMatchObject({
      route: '/api/who',
      status: 200,
      user: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
    expect(kept.lines.join('')).not.toContain('very-personal-name');
    kept.lines.length = 0;
    await app.inject('/health');
    expect(kept.lines.join('')).not.toContain('answered');
  });
});

describe('probes', () => {
  it('answers /health and /ready', async () => {
    expect((await app.inject('/health')).json()).toEqual({ status: 'ok' });
    expect((await app.inject('/ready')).json()).toEqual({ status: 'ok', checks: { app_db: 'ok', stackrox_db: 'ok' } });
  });

  it('names the failing part in fixed words', async () => {
    const failing = await serverForTest({
      checks: {
        app_db: () => Promise.reject(databaseAway('app-db-auth-failed')),
        stackrox_db: () => Promise.reject(new Error('raw driver text')),
      },
    });
    const answer = await failing.inject('/ready');
    expect([answer.statusCode, answer.json()]).toEqual([
      503,
      { status: 'degraded', checks: { app_db: 'auth_failed', stackrox_db: 'error' } },
    ]);
    expect((await failing.inject('/health')).statusCode).toBe(200);
    await failing.close();
  });

  it.each([
    ['app-db-unavailable', 'unreachable'],
    ['app-db-timeout', 'timeout'],
  ] as const)('calls %s %s', async (code, word) => {
    const failing = await serverForTest({
      checks: { app_db: () => Promise.reject(databaseAway(code)), stackrox_db: () => Promise.resolve() },
    });
    expect((await failing.inject('/ready')).json().checks).toEqual({ app_db: word, stackrox_db: 'ok' });
    await failing.close();
  });
});

describe('limits', () => {
  it('stops one identity and leaves the others alone', async () => {
    let id = 'greedy';
    const limited = await serverForTest({
      rateLimit: { perSecond: 1, burst: 3 },
      authenticate: () =>
        Promise.resolve({
          kind: 'identified',
          caller: someCaller({ id }),
          dropped: { pairs: 0, contacts: 0, secTeam: false },
        }),
    });
    limited.get('/api/who', { handler: (request) => ({ id: callerOf(request).id }) });
    const statuses = [];
    for (let turn = 0; turn < 4; turn += 1) statuses.push(await limited.inject('/api/who'));
    expect(statuses.map((answer) => answer.statusCode)).toEqual([200, 200, 200, 429]);
    expect(Number(statuses[3]?.headers['retry-after'])).toBeGreaterThan(0);
    expect(statuses[3]?.json().code).toBe('rate_limited');
    id = 'modest';
    expect((await limited.inject('/api/who')).statusCode).toBe(200);
    await limited.close();
  });

  it('takes the headers of 500 namespaces over a real socket', async () => {
    const real = await serverForTest();
    real.get('/api/length', {
      handler: (request) => ({ length: (request.headers['x-forwarded-namespaces'] as string).length }),
    });
    await real.listen({ port: 0, host: '127.0.0.1' });
    const namespaces = Array.from(
      { length: 500 },
      (_, index) => `namespace-number-${index}-of-a-big-team:cluster-with-a-long-name-${index}`,
    ).join(',');
    const answer = await fetch(`http://127.0.0.1:${(real.server.address() as AddressInfo).port}/api/length`, {
      headers: { 'x-forwarded-namespaces': namespaces },
    });
    expect(await answer.json()).toEqual({ length: namespaces.length });
    await real.close();
  });

  it('accepts image ids raw and percent-encoded', async () => {
    const id = `sha256:${'a'.repeat(64)}`;
    expect((await app.inject(`/api/images/${id}`)).json()).toEqual({ image_id: id });
    expect((await app.inject(`/api/images/${encodeURIComponent(`registry/${id}`)}`)).json()).toEqual({
      image_id: `registry/${id}`,
    });
  });

  it('survives a client that breaks off in the middle of a header', async () => {
    const real = await serverForTest();
    await real.listen({ port: 0, host: '127.0.0.1' });
    const { port } = real.server.address() as AddressInfo;
    const broken = connect(port, '127.0.0.1');
    await once(broken, 'connect');
    broken.write('GET /health HTTP/1.1\r\nX-Forwarded-Us');
    broken.end();
    await once(broken.resume(), 'close');
    const answer = await fetch(`http://127.0.0.1:${port}/health`);
    expect(await answer.json()).toEqual({ status: 'ok' });
    await real.close();
  });
});

it('counts failed logins against their address', async () => {
  const app = await serverForTest({
    rateLimit: { perSecond: 1, burst: 3 },
    authenticate: () =>
      Promise.resolve({ kind: 'refused', code: 'unauthenticated', detail: 'a wrong key', values: {} }),
  });
  app.get('/guarded', { handler: () => ({}) });
  const statuses: number[] = [];
  for (let tries = 0; tries < 5; tries += 1) statuses.push((await app.inject('/guarded')).statusCode);
  await app.close();
  expect(statuses).toEqual([401, 401, 401, 429, 429]);
});
