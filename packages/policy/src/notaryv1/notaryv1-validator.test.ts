/** The validator against a Notary server over real HTTP. */
import { Fault } from '@pratique/runtime/fault';
import { afterEach, describe, expect, it } from 'vitest';
import type { NotaryV1Settings } from '../configuration/policy.ts';
import type { ValidatorAnswer } from '../verdict.ts';
import { imageNamed, ruleWith, surroundingsOf } from '../notation/world-fixture.ts';
import type { ValidatorSurroundings } from '../validators/validator.ts';
import { createNotaryV1Validator } from './notaryv1-validator.ts';
import { startNotary } from './notary-fixture.ts';
import type { NotaryWish, RunningNotary } from './notary-fixture.ts';
import { noon, publicPem, repository, signingKey } from './trust-data-fixture.ts';

const digest = 'a'.repeat(64);
const account = { username: 'dev', password: 'a secret' };
let running: RunningNotary | undefined;

afterEach(async () => {
  await running?.close();
  running = undefined;
});

interface Asking {
  readonly image?: string;
  readonly login?: { readonly username: string; readonly password: string };
  readonly surroundings?: Partial<ValidatorSurroundings>;
  readonly host?: string;
  readonly signal?: AbortSignal;
}

async function ask(wish: Partial<NotaryWish> = {}, asking: Asking = {}): Promise<ValidatorAnswer> {
  running = await startNotary({
    gun: 'docker.io/library/web',
    documents: repository({ targets: { '1': digest } }),
    ...wish,
  });
  const settings: NotaryV1Settings = {
    ...{ type: 'notaryv1', name: 'hub', host: asking.host ?? running.host },
    trustRoots: new Map([['default', { name: 'default', pem: publicPem('root') }]]),
  };
  const around = surroundingsOf({} as never, {
    fetch: () => fetch,
    login: () => Promise.resolve(asking.login),
    ...asking.surroundings,
  });
  const { signal } = asking.signal === undefined ? new AbortController() : asking;
  return createNotaryV1Validator(settings, around).validate({
    ...{ image: imageNamed(asking.image ?? 'web:1'), rule: ruleWith(), now: noon, signal: signal! },
  });
}

function refusal(answer: ValidatorAnswer) {
  if (answer.outcome !== 'refused') throw new Error('it was accepted');
  return answer;
}

describe('a Notary server', () => {
  it('NV1-2 is asked for the four documents of the repository, Docker Hub without its index', async () => {
    expect(await ask()).toMatchObject({ outcome: 'accepted', digest: `sha256:${digest}` });
    const paths = ['root', 'snapshot', 'targets', 'timestamp'].map(
      (role) => `GET /v2/docker.io/library/web/_trust/tuf/${role}.json -`,
    );
    expect([running!.asked[0], ...running!.asked.slice(1).toSorted()]).toEqual(['GET /v2/ -', ...paths]);
  });

  it('is asked for repositories of other registries under their whole name, port included', async () => {
    const gun = 'reg.lan:5000/team/web';
    expect(await ask({ gun }, { image: `${gun}:1` })).toMatchObject({ outcome: 'accepted' });
  });

  it('is asked below the path it lives at', async () => {
    const documents = repository({ targets: { '1': digest } });
    running = await startNotary({
      gun: 'x',
      documents,
      instead: (path, response) => {
        const role = /^\/notary\/v2\/docker\.io\/library\/web\/_trust\/tuf\/(\w+)\.json$/.exec(path)?.[1];
        response.end(path === '/notary/v2/' ? '{}' : documents.get(role ?? ''));
        return true;
      },
    });
    const { host } = running;
    const other = running;
    expect(await ask({}, { host: `${host}/notary/` })).toMatchObject({ outcome: 'accepted' });
    await other.close();
  });

  it('fetches delegations after the targets are believed', async () => {
    const delegations = [{ name: 'targets/releases', keys: [signingKey('p384')], targets: { '1': digest } }];
    expect(await ask({ documents: repository({ delegations }) })).toMatchObject({ outcome: 'accepted' });
    expect(running!.asked.at(-1)).toContain('targets/releases.json');
  });
});

describe('the login', () => {
  it('NV1-1 is a token for this repository, with the credentials of the validator where it has some', async () => {
    expect(await ask({ login: 'bearer' })).toMatchObject({ outcome: 'accepted' });
    await running!.close();
    expect(await ask({ login: 'bearer', account }, { login: account })).toMatchObject({ outcome: 'accepted' });
    const basic = Buffer.from('dev:a secret').toString('base64');
    expect(running!.asked.filter((line) => line.includes(basic))).toEqual([`GET /token Basic ${basic}`]);
  });

  it('NV1-1 may be basic', async () => {
    expect(await ask({ login: 'basic', account }, { login: account })).toMatchObject({ outcome: 'accepted' });
  });

  it('is asked for where it is missing or wrong, and never printed', async () => {
    const cases = [
      [{ login: 'basic', account }, {}, 'error creating notary client'],
      [{ login: 'bearer', account }, {}, 'error creating notary client'],
      [
        { login: 'bearer', account },
        { login: { username: 'dev', password: 'another secret' } },
        'error creating notary client',
      ],
      [
        { login: 'basic', account },
        { login: { username: 'dev', password: 'another secret' } },
        'error downloading trust data',
      ],
    ] as const;
    for (const [wish, asking, expected] of cases) {
      const answer = refusal(await ask(wish, asking));
      expect(answer).toMatchObject({ class: 'registry_auth', detail: expect.stringContaining(expected) });
      expect(JSON.stringify(answer)).not.toContain('another secret');
      await running!.close();
    }
  });

  it('goes to no token server that is none', async () => {
    for (const realm of ['ftp://127.0.0.1/', 'nowhere', '']) {
      const answer = await ask({
        instead: (_, response) => {
          response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="x"` }).end();
          return true;
        },
      });
      expect(refusal(answer).class).toBe('registry_auth');
      await running!.close();
    }
  });
});

describe('a server that does not do its part', () => {
  it('NV1-2 is not found to have nothing: 404 is, everything else is not definite', async () => {
    const cases = [
      [404, 'no_signature', '404 Not Found'],
      [403, 'registry_auth', '403'],
      [503, 'registry_unreachable', '503'],
    ] as const;
    for (const [status, expected, text] of cases) {
      const answer = await ask({
        instead: (path, response) => {
          if (!path.endsWith('/snapshot.json')) return false;
          response.writeHead(status).end();
          return true;
        },
      });
      const detail = expect.stringMatching(
        new RegExp(`^error downloading trust data: error acquiring trust data snapshot.*${text}`),
      );
      expect(refusal(answer)).toMatchObject({ class: expected, detail });
      await running!.close();
    }
  });

  it('NV1-1 is told apart when it cannot be reached at all', async () => {
    running = await startNotary({ gun: 'x', documents: new Map() });
    const { host } = running;
    await running.close();
    const answer = refusal(await ask({}, { host }));
    expect(answer).toMatchObject({
      class: 'registry_unreachable',
      detail: expect.stringContaining('error creating notary client: error pinging notary server'),
    });
  });

  it('is not followed for ever, to http, nor with the login to somebody else', async () => {
    const elsewhere = await startNotary({
      gun: 'docker.io/library/web',
      documents: repository({ targets: { '1': digest } }),
    });
    const answer = await ask({
      ...{ login: 'bearer' },
      instead: (path, response) => {
        if (!path.includes('_trust')) return false;
        response.writeHead(302, { location: `${elsewhere.host}${path}` }).end();
        return true;
      },
    });
    expect(answer).toMatchObject({ outcome: 'accepted' });
    expect(elsewhere.asked.every((line) => line.endsWith(' -'))).toBe(true);
    await Promise.all([elsewhere.close(), running!.close()]);
    const circle = await ask({
      instead: (path, response) => {
        response.writeHead(302, { location: path }).end();
        return true;
      },
    });
    expect(refusal(circle)).toMatchObject({
      class: 'registry_unreachable',
      detail: expect.stringContaining('redirects more than 5 times'),
    });
  });

  it('is cut off where it sends too much', async () => {
    const answer = await ask({
      instead: (path, response) => {
        if (path !== '/v2/') return false;
        response.end(Buffer.alloc(2 * 1024 * 1024));
        return true;
      },
    });
    expect(refusal(answer).detail).toContain('larger than the 1 MiB allowed');
  });

  it('VAL-3 is answered for, whatever fails around it', async () => {
    const fault = new Fault({ code: 'x', message: 'The secret is not there.', hint: 'Create it.' });
    const failing = { surroundings: { login: () => Promise.reject(fault) } };
    expect(refusal(await ask({}, failing))).toMatchObject({ class: 'registry_auth', nextStep: 'Create it.' });
    await running!.close();
    const bug = { surroundings: { login: () => Promise.reject(new TypeError('a bug')) } };
    expect(refusal(await ask({}, bug)).class).toBe('internal');
    await running!.close();
    expect(refusal(await ask({}, { signal: AbortSignal.abort() })).class).toBe('timeout');
  });
});
