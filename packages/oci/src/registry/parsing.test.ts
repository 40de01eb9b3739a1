import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault, isFault } from '@pratique/runtime/fault';
import { covers, joinScopes, parseChallenges } from './challenge.ts';
import { nextPage } from './link.ts';
import { mayPass, pauseAfter, retryAfterOf, retrying } from './retry.ts';
import { checkSettings, isLoopback, mayFallBackToHttp, settingsFor } from './settings.ts';

describe('a challenge', () => {
  it('is read with its realm, service and scopes', () => {
    const header =
      'Bearer realm="https://auth.example.com/token",service="registry",scope="repository:a/b:pull,push repository:c:pull"';
    expect(parseChallenges(header)).toMatchObject([
      {
        scheme: 'bearer',
        realm: 'https://auth.example.com/token',
        service: 'registry',
        scopes: ['repository:a/b:pull,push', 'repository:c:pull'],
      },
    ]);
  });

  it('is read among others, with odd spaces, quotes and cases', () => {
    const header = 'Negotiate, BASIC realm = "a \\"b\\", c" , bearer Realm=https://x/t';
    expect(parseChallenges(header)).toMatchObject([
      { scheme: 'basic', realm: 'a "b", c' },
      { scheme: 'bearer', realm: 'https://x/t' },
    ]);
  });

  it('gives nothing for what is no challenge, and is quick about it', () => {
    expect(parseChallenges(undefined)).toEqual([]);
    expect(parseChallenges('Bearer')).toEqual([]);
    expect(parseChallenges(`Bearer realm="${'\\"'.repeat(2_000)}`)).toEqual([]);
    fc.assert(fc.property(fc.string(), (text) => void parseChallenges(text)));
  });

  it('joins scopes without doubling any', () => {
    expect(joinScopes(['repository:a:pull'], ['repository:a:push,pull', 'repository:b:pull'])).toEqual([
      'repository:a:pull,push',
      'repository:b:pull',
    ]);
    expect(covers(['repository:a:pull,push'], ['repository:a:pull'])).toBe(true);
    expect(covers(['repository:a:pull'], ['repository:a:pull,push'])).toBe(false);
  });
});

describe('a link to the next page', () => {
  const current = new URL('https://registry.example.com/v2/a/tags/list');

  it('is found among others, relative or whole', () => {
    expect(nextPage('</v2/a/tags/list?last=b>; rel="next"', current)?.href).toContain('last=b');
    expect(nextPage('<x>; rel="prev", <https://registry.example.com/y>; rel=next', current)?.pathname).toBe('/y');
    expect(nextPage('<x>; rel="prev"', current)).toBeUndefined();
    expect(nextPage(undefined, current)).toBeUndefined();
  });

  it('stays with https when the registry believes that it speaks http', () => {
    expect(nextPage('<http://registry.example.com/y>; rel="next"', current)?.href).toBe(
      'https://registry.example.com/y',
    );
  });

  it('never leads to another host', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(nextPage(`<${text}>; rel="next"`, current)?.hostname ?? current.hostname).toBe(current.hostname);
        } catch (error) {
          expect(isFault(error)).toBe(true);
        }
      }),
    );
  });
});

describe('trying again', () => {
  const failed = (values = {}) => new Fault({ code: 'registry-failed', message: 'x', hint: 'y', values });

  it('is done for what may pass, as often as allowed', async () => {
    const waits: number[] = [];
    const tools = { random: () => 0.5, sleep: async (ms: number) => void waits.push(ms) };
    let tries = 0;
    const work = async (): Promise<never> => {
      tries += 1;
      throw failed();
    };
    await expect(retrying(work, tools)).rejects.toMatchObject({ code: 'registry-failed' });
    expect([tries, waits]).toEqual([3, [1_000, 3_000]]);
  });

  it('is not done for what will not pass', () => {
    for (const code of ['registry-storage', 'registry-unauthorized', 'registry-tls', 'content-mismatch'])
      expect(mayPass(new Fault({ code, message: '', hint: '' }))).toBe(false);
    expect(mayPass(failed({ status: 501 }))).toBe(false);
    expect(mayPass(new Error('a bug'))).toBe(false);
  });

  it('waits as long as it is asked to, within a bound, and not in step with others', () => {
    expect(pauseAfter(failed({ retryAfter: 5 }), 1, () => 0.5)).toBe(5_000);
    expect(pauseAfter(failed({ retryAfter: 86_400 }), 1, () => 1)).toBe(30_000);
    expect(pauseAfter(failed(), 1, () => 0)).toBe(900);
    expect(pauseAfter(failed(), 2, () => 1)).toBeCloseTo(3_300);
  });

  it('reads how long that is', () => {
    const now = new Date('2026-01-01T00:00:00Z');
    expect(retryAfterOf('120', now)).toBe(120);
    expect(retryAfterOf('Thu, 01 Jan 2026 00:01:00 GMT', now)).toBe(60);
    expect(retryAfterOf('Thu, 01 Jan 2020 00:01:00 GMT', now)).toBe(0);
    for (const header of [undefined, 'soon', '-1', '']) expect(retryAfterOf(header, now) ?? 0).toBe(0);
  });
});

describe('settings of registries', () => {
  it('are those of the exact host, else of the longest suffix', () => {
    const hosts = [
      { host: '*.example.com', ca: 'wide' },
      { host: '*.lan.example.com', ca: 'narrow' },
      { host: 'docker.io', ca: 'hub' },
      { host: 'Registry.example.com:5000', ca: 'exact' },
    ];
    expect(settingsFor('registry.example.com:5000', hosts).ca).toBe('exact');
    expect(settingsFor('registry.example.com', hosts)).toEqual({ host: 'registry.example.com', ca: 'wide' });
    expect(settingsFor('a.lan.example.com', hosts).ca).toBe('narrow');
    expect(settingsFor('index.docker.io', hosts).ca).toBe('hub');
    expect(settingsFor('evilexample.com', hosts)).toEqual({ host: 'evilexample.com' });
    expect(settingsFor('10.0.0.10:5000', [{ host: '10.0.0.1', ca: 'x' }]).ca).toBeUndefined();
  });

  it('let http be tried only on this machine and in private networks', () => {
    for (const host of [
      'localhost:5000',
      '127.0.0.1',
      '[::1]:5000',
      'a.localhost',
      'nas.local',
      '10.1.2.3:5000',
      '172.16.0.1',
      '172.31.0.1',
      '192.168.56.114:5000',
    ])
      expect([host, mayFallBackToHttp(host)]).toEqual([host, true]);
    for (const host of [
      'registry.lan:5000',
      '172.15.0.1',
      '172.32.0.1',
      '11.0.0.1',
      '192.169.0.1',
      'localhost.example.com',
      '127.0.0.1.example.com',
      '10.0.0.1.nip.io',
      'local',
    ])
      expect([host, mayFallBackToHttp(host)]).toEqual([host, false]);
    expect(isLoopback('10.0.0.1')).toBe(false);
  });

  it('are refused when nobody can mean them', () => {
    for (const hosts of [
      [{ host: 'https://x' }],
      [{ host: '*' }],
      [{ host: '' }],
      [{ host: 'x', ca: 'y', insecureSkipVerify: true }],
      [{ host: 'x', mirrors: [{ host: 'a/b' }] }],
    ])
      expect(() => checkSettings(hosts, undefined)).toThrow(/cannot be used/);
    const proxy = { httpsProxy: 'socks://user:secret@proxy' };
    expect(() => checkSettings([], proxy)).toThrow(/httpsProxy/);
    expect(() => checkSettings([], proxy)).not.toThrow(/secret/);
  });
});
