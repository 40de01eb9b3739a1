import { describe, expect, it } from 'vitest';
import { fixedCredential } from './credential.ts';
import type { Credential } from './credential.ts';
import type { RegistryClientOptions } from './client.ts';
import type { RegistryNotice } from './session.ts';
import { clientForTest, errorReply, manifestReply, plainClient, serve, tinyManifest } from './web-server-for-test.ts';
import type { Reply, Seen, WebServer } from './web-server-for-test.ts';

const alice: Credential = { kind: 'basic', username: 'alice', password: 'p:w', source: 'the test' };
const type = 'application/vnd.oci.image.manifest.v1+json';
const write = { bytes: Buffer.from(tinyManifest), mediaType: type, tag: 'v1' };

/** What the token server does besides giving a token that names its scopes. */
interface Rules {
  readonly tokens?: (seen: Seen, scopes: readonly string[]) => Reply | undefined;
  /** Whether a token is good enough for a request. */
  readonly allows?: (token: Token, seen: Seen) => boolean;
  readonly service?: string;
}

interface Token {
  readonly scopes: readonly string[];
  readonly who: string;
}

/** A registry with its token server; tokens are readable JSON. */
async function tokenRegistry(rules: Rules = {}): Promise<WebServer> {
  return serve((seen) => {
    if (seen.url.startsWith('/token')) return giveToken(seen, rules);
    const token = tokenOf(seen);
    const allows = rules.allows ?? (({ scopes }) => scopes.some((scope) => scope.includes(scopeFor(seen))));
    if (token !== undefined && allows(token, seen)) return accepted(seen);
    const challenge = `Bearer realm="http://${seen.headers.host}/token",service="the registry",scope="repository:team/app:${scopeFor(seen)}"`;
    return { ...errorReply(401, 'UNAUTHORIZED'), headers: { 'www-authenticate': challenge } };
  });
}

function giveToken(seen: Seen, rules: Rules): Reply {
  const query = new URL(seen.url, 'http://x').searchParams;
  const form = new URLSearchParams(seen.body.toString());
  const scopes = seen.method === 'POST' ? (form.get('scope') ?? '').split(' ') : query.getAll('scope');
  const basic = Buffer.from(seen.headers.authorization?.slice(6) ?? '', 'base64').toString();
  const who = seen.method === 'POST' ? `refreshed ${form.get('refresh_token')}` : basic;
  const token = Buffer.from(JSON.stringify({ scopes, who })).toString('base64url');
  return rules.tokens?.(seen, scopes) ?? { body: JSON.stringify({ token, expires_in: 60 }) };
}

function tokenOf({ headers }: Seen): Token | undefined {
  const text = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  return text === undefined ? undefined : (JSON.parse(Buffer.from(text, 'base64url').toString()) as Token);
}

function scopeFor({ method }: Seen): string {
  return method === 'GET' || method === 'HEAD' ? 'pull' : 'pull,push';
}

function accepted({ method }: Seen): Reply {
  return method === 'PUT' ? { status: 201 } : manifestReply(tinyManifest);
}

function withLogin(server: WebServer, options: Partial<RegistryClientOptions> = {}, credential: Credential = alice) {
  return plainClient(server, { credentials: fixedCredential(credential, [server.host]), ...options });
}

function paths(server: WebServer): string[] {
  return server.seen.map(({ method, url }) => `${method} ${url.split('?')[0]}`);
}

describe('a login by token', () => {
  it('is got once and used for everything in its scope', async () => {
    const server = await tokenRegistry();
    const repository = plainClient(server);
    for (let count = 0; count < 3; count += 1) expect(await repository.manifest('v1')).toBeDefined();
    const manifest = 'GET /v2/team/app/manifests/v1';
    expect(paths(server)).toEqual([manifest, 'GET /token', manifest, manifest, manifest]);
    expect(server.seen[1]?.url).toContain('service=the+registry&scope=repository%3Ateam%2Fapp%3Apull');
    expect(server.seen[1]?.headers.authorization).toBeUndefined();
  });

  it('is shared by requests that come at once', async () => {
    const server = await tokenRegistry();
    const repository = plainClient(server);
    await Promise.all(Array.from({ length: 8 }, () => repository.manifest('v1')));
    expect(paths(server).filter((path) => path === 'GET /token')).toHaveLength(1);
  });

  it('is not lost for one when another who wanted the same was stopped', async () => {
    const stop = new AbortController();
    let asked = 0;
    const server = await tokenRegistry({
      tokens: () => {
        asked += 1;
        if (asked === 1) stop.abort(new Error('stopped'));
        return undefined;
      },
    });
    const repository = plainClient(server);
    const [first, second] = await Promise.allSettled([
      repository.manifest('v1', { signal: stop.signal }),
      repository.manifest('v1'),
    ]);
    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
  });

  it('sends user name and password to the token server and nowhere else', async () => {
    const server = await tokenRegistry({ allows: ({ who }) => who === 'alice:p:w' });
    expect(await withLogin(server).manifest('v1')).toBeDefined();
    for (const { url, headers } of server.seen)
      if (!url.startsWith('/token')) expect(headers.authorization ?? 'Bearer').toMatch(/^Bearer/);
  });

  it('exchanges an identity token', async () => {
    const server = await tokenRegistry({ allows: ({ who }) => who === 'refreshed secret' });
    const credential: Credential = { kind: 'identity-token', token: 'secret', source: 'the test' };
    expect(await withLogin(server, {}, credential).manifest('v1')).toBeDefined();
    const form = new URLSearchParams(server.seen[1]?.body.toString());
    expect(Object.fromEntries(form)).toMatchObject({
      grant_type: 'refresh_token',
      service: 'the registry',
      client_id: 'pratique',
    });
  });

  it('sends a registry token as it is from the first request', async () => {
    const token = Buffer.from(JSON.stringify({ scopes: ['pull'], who: 'x' })).toString('base64url');
    const server = await tokenRegistry();
    expect(await withLogin(server, {}, { kind: 'bearer', token, source: 'the test' }).manifest('v1')).toBeDefined();
    expect(server.seen).toHaveLength(1);
  });

  it('asks for the union when more is needed, and keeps that', async () => {
    const server = await tokenRegistry();
    const repository = withLogin(server);
    await repository.manifest('v1');
    await repository.putManifest(write);
    await repository.manifest('v1');
    const asked = server.seen
      .filter(({ url }) => url.startsWith('/token'))
      .map(({ url }) => new URL(url, 'http://x').searchParams.get('scope'));
    expect(asked).toEqual(['repository:team/app:pull', 'repository:team/app:pull,push']);
  });

  it('is asked for again when it has ended', async () => {
    const server = await tokenRegistry();
    let now = Date.now();
    const repository = plainClient(server, { now: () => new Date(now) });
    await repository.manifest('v1');
    now += 55_000;
    await repository.manifest('v1');
    expect(paths(server).filter((path) => path === 'GET /token')).toHaveLength(2);
  });

  it('is not sent to the host a blob is redirected to', async () => {
    const content = Buffer.from('content');
    const storage = await serve(() => ({ body: content }));
    const server = await serve(({ headers }): Reply =>
      headers.authorization === undefined
        ? { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }
        : { status: 307, headers: { location: `${storage.url}/signed?secret=1` } },
    );
    await withLogin(server).blob({ digest: `sha256:${'0'.repeat(64)}`, size: 7 });
    expect(storage.seen).toHaveLength(1);
    expect(storage.seen[0]?.headers.authorization).toBeUndefined();
  });

  it('is not given to a token server that the host behind a redirect names', async () => {
    const thief = await serve(() => ({ body: '{"token":"x"}' }));
    const storage = await serve(() => ({
      status: 401,
      headers: { 'www-authenticate': `Bearer realm="${thief.url}/token",service="x"` },
    }));
    const server = await serve((): Reply => ({ status: 307, headers: { location: `${storage.url}/blob` } }));
    const blob = withLogin(server).blob({ digest: `sha256:${'0'.repeat(64)}`, size: 7 });
    await expect(blob).rejects.toMatchObject({ code: 'registry-unauthorized' });
    expect(thief.seen).toEqual([]);
  });

  it('is by name and password where the registry wants that', async () => {
    const server = await serve(({ headers }) =>
      headers.authorization === `Basic ${Buffer.from('alice:p:w').toString('base64')}`
        ? manifestReply(tinyManifest)
        : { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
    );
    const repository = withLogin(server);
    await repository.manifest('v1');
    await repository.manifest('v1');
    expect(server.seen).toHaveLength(3);
  });
});

describe('a login that is refused', () => {
  const refusing = () =>
    tokenRegistry({
      tokens: (seen) =>
        seen.headers.authorization === undefined
          ? undefined
          : errorReply(401, 'UNAUTHORIZED', { message: 'bad login' }),
    });

  it('does not keep anyone from reading what is public, and is told', async () => {
    const notices: RegistryNotice[] = [];
    const server = await refusing();
    const repository = withLogin(server, { onNotice: (notice) => notices.push(notice) });
    expect(await repository.manifest('v1')).toBeDefined();
    expect(await repository.manifest('v1')).toBeDefined();
    const told = notices.filter(({ kind }) => kind !== 'plain-http');
    expect(told).toMatchObject([{ kind: 'anonymous-retry', message: expect.stringContaining('the test') }]);
  });

  it('is a fault for writing that names account and source but no password', async () => {
    const server = await refusing();
    const writing = withLogin(server).putManifest(write);
    await expect(writing).rejects.toMatchObject({
      code: 'registry-unauthorized',
      message: expect.stringMatching(/credentials of alice from the test.*bad login/),
    });
    await expect(writing).rejects.not.toThrow('p:w');
  });

  it('is a fault for reading what is not public either', async () => {
    const server = await tokenRegistry({ allows: () => false });
    await expect(withLogin(server).manifest('v1')).rejects.toMatchObject({
      code: 'registry-unauthorized',
      message: expect.stringContaining('alice'),
    });
  });

  it('is told from no login at all', async () => {
    const server = await serve(() => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }));
    await expect(plainClient(server).manifest('v1')).rejects.toMatchObject({
      code: 'registry-unauthorized',
      message: expect.stringContaining('there are no credentials for it'),
    });
  });

  it('is told from an account without the right to push', async () => {
    const server = await tokenRegistry({ allows: () => true });
    const denying = await serve(({ method, headers }) =>
      method === 'PUT'
        ? errorReply(403, 'DENIED')
        : headers.authorization
          ? manifestReply(tinyManifest)
          : { status: 401 },
    );
    expect(await withLogin(server).putManifest(write)).toBeDefined();
    await expect(withLogin(denying).putManifest(write)).rejects.toMatchObject({
      code: 'registry-denied',
      message: expect.stringContaining('right to push to team/app'),
    });
  });

  it('is a fault when the token server breaks, never “anonymous”', async () => {
    const server = await tokenRegistry({ tokens: () => ({ status: 500, body: 'oops' }) });
    await expect(withLogin(server).manifest('v1')).rejects.toMatchObject({ code: 'registry-failed' });
  });

  it('is a fault when what was given is no token', async () => {
    for (const body of ['', 'no json', '{}', '{"token":""}', '{"token":"a\\nb"}', '[1]']) {
      const server = await tokenRegistry({ tokens: () => ({ body }) });
      await expect(plainClient(server).manifest('v1')).rejects.toMatchObject({ code: 'registry-answer-invalid' });
    }
  });

  it('is a fault when the registry names no token server', async () => {
    for (const realm of ['nowhere', 'ftp://x/token', '']) {
      const server = await serve(() => ({ status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}"` } }));
      await expect(plainClient(server).manifest('v1')).rejects.toMatchObject({ code: 'registry-answer-invalid' });
    }
  });
});

describe('a token that cannot stand in a header', () => {
  it('is a fault that does not show it', async () => {
    const server = await tokenRegistry();
    const reading = withLogin(server, {}, { kind: 'bearer', token: 'se\ncret', source: 'the test' }).manifest('v1');
    await expect(reading).rejects.toMatchObject({ code: 'registry-setting-invalid' });
    await expect(reading).rejects.not.toThrow('cret');
  });
});

describe('credentials over plain http', () => {
  it('stay here unless the host is named for it', async () => {
    // Not this machine's own address, so that nothing is reached: the refusal comes first.
    const host = 'registry.example.com';
    const server = await serve(() => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }));
    const client = clientForTest({
      hosts: [{ host, plainHttp: true }],
      credentials: fixedCredential(alice, [host]),
      proxy: { httpProxy: server.url },
      attempts: 1,
    });
    const reading = client.repository({ registry: host, repository: 'a/b' }).manifest('v1');
    await expect(reading).rejects.toMatchObject({ code: 'registry-credentials-over-http' });
    expect(server.seen.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });
});
