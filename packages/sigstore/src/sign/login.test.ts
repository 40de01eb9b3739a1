import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { startSigstore } from '@pratique/testbed/sigstore';
import type { Sigstore } from '@pratique/testbed/sigstore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loginWithDevice } from './device-login.ts';
import { fulcioIssuer } from './fulcio.ts';
import { testAccess } from './keyless-fixture.ts';
import { loginWithBrowser } from './login.ts';
import type { BrowserLogin } from './login.ts';
import { oddService, sendJson } from './service-fixture.ts';

let world: Sigstore;
beforeAll(async () => void (world = await startSigstore()));
afterAll(() => world.close());

/** A browser whose person agrees to everything. */
async function agree(url: string): Promise<void> {
  await fetch(url);
}

function options(more: Partial<BrowserLogin> = {}): BrowserLogin {
  const { issuer } = world.login;
  return { issuer, access: testAccess, now: () => new Date(), randomBytes, openBrowser: agree, ...more };
}

describe('logging in with a browser', () => {
  it('leads to a token that the certificate authority takes', async () => {
    const token = await loginWithBrowser(options());
    expect(token).toMatchObject({ subject: 'dev@example.com', issuer: world.login.issuer });
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const issuer = fulcioIssuer({ url: world.fulcioUrl, access: testAccess, now: () => new Date() });
    const issued = await issuer.issue({
      ...{ publicKey, identityToken: token.token },
      sign: (bytes) => Promise.resolve(sign('sha256', bytes, privateKey)),
    });
    expect(issued.chain).toHaveLength(2);
  });

  it('waits past visitors who do not know the state', async () => {
    const seen: number[] = [];
    const openBrowser = async (url: string): Promise<void> => {
      const back = new URL(url).searchParams.get('redirect_uri') ?? '';
      seen.push((await fetch(`${back}?code=stolen&state=guessed`)).status);
      seen.push((await fetch(back.replace('/auth/callback', '/'))).status);
      seen.push((await fetch(back.replace('/auth/callback', '//'))).status);
      seen.push((await fetch(back, { method: 'POST' })).status);
      await agree(url);
    };
    expect(await loginWithBrowser(options({ openBrowser }))).toMatchObject({ subject: 'dev@example.com' });
    expect(seen).toEqual([400, 404, 404, 404]);
  });

  it('shows the page without what was sent to it', async () => {
    let shown = '';
    const openBrowser = async (url: string): Promise<void> => {
      const { redirect_uri: back = '', state = '' } = Object.fromEntries(new URL(url).searchParams);
      shown = await (await fetch(`${back}?error=<script>&state=${state}`)).text();
    };
    const login = loginWithBrowser(options({ openBrowser }));
    await expect(login).rejects.toMatchObject({ code: 'login-failed' });
    await expect(login).rejects.toThrow('<script>');
    expect(shown).not.toContain('script');
  });

  it('gives up when nobody comes', async () => {
    const login = loginWithBrowser(options({ openBrowser: () => Promise.resolve(), patience: 20 }));
    await expect(login).rejects.toThrow('nobody logged in');
  });

  it('closes its door afterwards', async () => {
    let back = '';
    await loginWithBrowser(
      options({
        openBrowser: async (url) => {
          back = new URL(url).searchParams.get('redirect_uri') ?? '';
          await agree(url);
        },
      }),
    );
    await expect(fetch(back)).rejects.toThrow('fetch failed');
  });

  it.each([
    ['another host', 'http://example.com:8080/callback'],
    ['TLS', 'https://localhost:8080/callback'],
    ['a word', 'callback'],
  ])('is not begun with a redirect to %s', async (_name, redirectUrl) => {
    await expect(loginWithBrowser(options({ redirectUrl }))).rejects.toThrow('no address on this machine');
  });

  it('takes the registered address', async () => {
    let back = '';
    const redirectUrl = 'http://127.0.0.1:0/here';
    await loginWithBrowser(
      options({
        redirectUrl,
        openBrowser: async (url) => {
          back = new URL(url).searchParams.get('redirect_uri') ?? '';
          await agree(url);
        },
      }),
    );
    expect(back).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/here$/u);
  });
});

describe('an identity provider', () => {
  it('that calls itself by another name is not believed', async () => {
    await using odd = await oddService((response) =>
      sendJson(response, 200, { issuer: world.login.issuer, authorization_endpoint: odd.url, token_endpoint: odd.url }),
    );
    await expect(loginWithBrowser(options({ issuer: odd.url }))).rejects.toThrow('another name');
  });

  it('that issues the token of another login is not believed', async () => {
    const stolen = await world.token();
    await using odd = await oddService((response, { path }) => {
      if (path.includes('openid-configuration')) {
        const [authorization_endpoint, token_endpoint] = [`${odd.url}/authorize`, `${odd.url}/token`];
        sendJson(response, 200, { issuer: odd.url, authorization_endpoint, token_endpoint });
      } else if (path.startsWith('/authorize')) {
        const { redirect_uri: back, state } = Object.fromEntries(new URL(path, odd.url).searchParams);
        response.writeHead(302, { location: `${back}?code=1&state=${state}` }).end();
      } else {
        sendJson(response, 200, { id_token: stolen });
      }
    });
    await expect(loginWithBrowser(options({ issuer: odd.url }))).rejects.toThrow('another login');
  });

  it('that is away is named', async () => {
    const login = loginWithBrowser(options({ issuer: `${world.fulcioUrl}/nothing` }));
    await expect(login).rejects.toMatchObject({ code: 'service-refused', values: { status: 404 } });
  });
});

describe('logging in with a code', () => {
  it('shows it, waits and leads to a token', async () => {
    const shown: unknown[] = [];
    const show = (what: unknown): Promise<void> => Promise.resolve(void shown.push(what));
    const token = await loginWithDevice({ ...options(), show });
    expect(token.subject).toBe('dev@example.com');
    expect(shown).toEqual([expect.objectContaining({ code: 'WDJB-MJHT' })]);
  });

  it.each([
    [{ error: 'access_denied' }, 'access_denied'],
    [{ error: 'authorization_pending' }, 'nobody typed'],
    [{ error: 'slow_down' }, 'nobody typed'],
    [{}, 'nothing that can be understood'],
  ])('ends when the provider goes on saying %j', async (body, words) => {
    await using odd = await oddService((response, { path }) => {
      const endpoints = { authorization_endpoint: odd.url, token_endpoint: `${odd.url}/token` };
      if (path.startsWith('/.well-known')) {
        sendJson(response, 200, { issuer: odd.url, ...endpoints, device_authorization_endpoint: `${odd.url}/device` });
      } else if (path === '/device') {
        const codes = { device_code: '1', user_code: 'A', verification_uri: odd.url };
        sendJson(response, 200, { ...codes, expires_in: 30, interval: 5 });
      } else sendJson(response, 400, body);
    });
    const login = loginWithDevice({ ...options({ issuer: odd.url }), show: () => Promise.resolve() });
    await expect(login).rejects.toMatchObject({ code: 'login-failed' });
    await expect(login).rejects.toThrow(words);
    expect(odd.asked.length).toBeLessThan(12);
  });
});
