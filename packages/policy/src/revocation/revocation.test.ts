/** Revocation as authorities answer over HTTP, and as they answer wrongly. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { parseCertificate } from '@pratique/sigstore';
import type { Certificate } from '@pratique/sigstore';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RuleOptions } from '../configuration/policy.ts';
import { ocspResponse, revocationList, timestampToken } from '../notation/authority-fixture.ts';
import { certify, chainOf, daysAfterNoon, noon } from '../notation/certificates-fixture.ts';
import type { CertificateWish, Holder } from '../notation/certificates-fixture.ts';
import { jwsEnvelope } from '../notation/envelope-fixture.ts';
import { createNotationValidator } from '../notation/notation-validator.ts';
import {
  attach,
  imageNamed,
  ruleWith,
  settingsTrusting,
  storeWithImage,
  surroundingsOf,
} from '../notation/world-fixture.ts';
import { createRevocationAsker } from './ask.ts';
import { readRevocationList } from './crl.ts';
import { readOcspResponse } from './ocsp.ts';
import type { RevocationStatus } from './status.ts';

let server: Server;
let base: string;
let root: Holder;
/** What is answered by the first part of the path; anything else is 404. */
let answers: Record<string, () => Buffer | number>;
let asked: string[];

beforeAll(async () => {
  server = createServer((incoming: IncomingMessage, response) => {
    const name = (incoming.url ?? '').split('/')[1] ?? '';
    asked.push(`${incoming.method} ${name}`);
    const answer = answers[name]?.() ?? 404;
    if (typeof answer === 'number') response.writeHead(answer, answer === 302 ? { location: '/moved' } : {}).end();
    else response.end(answer);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  root = await certify({ name: 'Root', key: 'root', kind: 'authority' });
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  answers = {};
  asked = [];
});

function leaf(wish: Partial<CertificateWish> = {}): Promise<Holder> {
  return certify({ name: 'Leaf', key: 'p256', issuer: root, ...wish });
}

async function statusOf(holder: Holder, asker = createRevocationAsker(), now = noon): Promise<RevocationStatus> {
  const chain = chainOf(holder).map((der) => parseCertificate(der)!);
  const facts = await asker.ask([chain], { fetch, now, signal: new AbortController().signal });
  expect([...facts.keys()]).toEqual(chain.slice(0, -1).map(({ fingerprint }) => fingerprint));
  return facts.get(chain[0]!.fingerprint)!;
}

describe('a certificate that names nowhere to ask', () => {
  it('is no objection, as with notation', async () => {
    expect(await statusOf(await leaf())).toEqual({ state: 'not-applicable' });
    expect(asked).toEqual([]);
  });
});

describe('OCSP', () => {
  it('says good, revoked and unknown', async () => {
    for (const status of ['good', 'revoked', 'unknown'] as const) {
      const holder = await leaf({ ocsp: [`${base}/ocsp`] });
      answers = { ocsp: () => ocspResponse({ of: holder, by: root, status }) };
      expect((await statusOf(holder)).state).toBe(status);
    }
    expect(asked).toEqual(['GET ocsp', 'GET ocsp', 'GET ocsp']);
  });

  it('is posted where it is too long for an address', async () => {
    const holder = await leaf({ ocsp: [`${base}/ocsp`], serial: `1${'2'.repeat(300)}0` });
    answers = { ocsp: () => ocspResponse({ of: holder, by: root }) };
    expect((await statusOf(holder)).state).toBe('good');
    expect(asked).toEqual(['POST ocsp']);
  });

  it('is remembered until it says to ask again, and only where it was definite', async () => {
    const holder = await leaf({ ocsp: [`${base}/ocsp`] });
    const asker = createRevocationAsker();
    expect((await statusOf(holder, asker)).state).toBe('unknown');
    answers = { ocsp: () => ocspResponse({ of: holder, by: root }) };
    await statusOf(holder, asker);
    await statusOf(holder, asker);
    expect(asked).toHaveLength(2);
    answers = { ocsp: () => ocspResponse({ of: holder, by: root, status: 'revoked', until: daysAfterNoon(9) }) };
    expect((await statusOf(holder, asker, daysAfterNoon(1))).state).toBe('revoked');
    expect(asked).toHaveLength(3);
  });

  it('is asked once for many images at the same time, and again for those whose asker gave up', async () => {
    const holder = await leaf({ ocsp: [`${base}/ocsp`] });
    const chain = chainOf(holder).map((der) => parseCertificate(der)!);
    answers = { ocsp: () => ocspResponse({ of: holder, by: root }) };
    const asker = createRevocationAsker();
    const ask = (signal = new AbortController().signal) => asker.ask([chain], { fetch, now: noon, signal });
    const impatient = new AbortController();
    const first = ask(impatient.signal);
    const others = [ask(), ask(), ask()];
    impatient.abort();
    expect([...(await first).values()]).toMatchObject([{ state: 'unknown' }]);
    for (const facts of await Promise.all(others)) expect([...facts.values()]).toEqual([{ state: 'good' }]);
    const [one, two] = [createRevocationAsker(), asked.length];
    await Promise.all(
      [1, 2, 3].map(() => one.ask([chain], { fetch, now: noon, signal: new AbortController().signal })),
    );
    expect(asked.length - two).toBe(1);
  });

  it('may be answered by a responder the authority has appointed, and by nobody else', async () => {
    const holder = await leaf({ ocsp: [`${base}/ocsp`] });
    const appoint = (wish: Partial<CertificateWish>) =>
      certify({ name: 'Responder', key: 'p384', kind: 'responder', ...wish });
    const other = await certify({ name: 'Other', key: 'other', kind: 'authority' });
    const cases: readonly (readonly [Holder, string])[] = [
      [await appoint({ issuer: root }), 'good'],
      [await appoint({ issuer: other }), 'unknown'],
      [await appoint({ issuer: root, purposes: ['1.3.6.1.5.5.7.3.3'] }), 'unknown'],
      [await appoint({ issuer: root, notAfter: daysAfterNoon(-1) }), 'unknown'],
    ];
    for (const [delegate, state] of cases) {
      answers = { ocsp: () => ocspResponse({ of: holder, by: root, delegate }) };
      expect((await statusOf(holder)).state).toBe(state);
    }
  });

  it('is unknown where the answer is old, from the future, without end, for another certificate or by somebody else', async () => {
    const holder = await leaf({ ocsp: [`${base}/ocsp`] });
    const another = await leaf({ name: 'Another' });
    const other = await certify({ name: 'Other', key: 'other', kind: 'authority' });
    const wrong: readonly (() => Buffer | number)[] = [
      () => ocspResponse({ of: holder, by: root, until: daysAfterNoon(-1) }),
      () => ocspResponse({ of: holder, by: root, from: daysAfterNoon(1), until: daysAfterNoon(2) }),
      () => ocspResponse({ of: holder, by: root, until: null }),
      () => ocspResponse({ of: another, by: root }),
      () => ocspResponse({ of: holder, by: other }),
      () => Buffer.from('30030a0106', 'hex'),
      () => Buffer.alloc(30_000),
      () => 500,
    ];
    for (const answer of wrong) {
      answers = { ocsp: answer };
      expect(await statusOf(holder)).toMatchObject({ state: 'unknown', because: expect.stringContaining('127.0.0.1') });
    }
  });

  it('asks the next server, and the lists where no server knows', async () => {
    const holder = await leaf({ ocsp: [`${base}/gone`, `${base}/ocsp`], crl: [`${base}/crl`] });
    answers = { ocsp: () => ocspResponse({ of: holder, by: root }), crl: () => 500 };
    expect((await statusOf(holder)).state).toBe('good');
    answers = { ocsp: () => 500, crl: () => revocationList({ by: root }) };
    expect((await statusOf(holder)).state).toBe('good');
    answers = {
      ocsp: () => ocspResponse({ of: holder, by: root, status: 'revoked' }),
      crl: () => revocationList({ by: root }),
    };
    expect((await statusOf(holder)).state).toBe('revoked');
  });

  it('is not asked at addresses that are none', async () => {
    for (const address of ['ldap://127.0.0.1/x', 'file:///etc/passwd', 'nowhere'])
      expect((await statusOf(await leaf({ ocsp: [address] }))).state).toBe('unknown');
    expect(asked).toEqual([]);
  });
});

describe('a revocation list', () => {
  it('says revoked for every reason but the ones that were lifted', async () => {
    const holder = await leaf({ crl: [`${base}/crl`] });
    const another = await leaf({ name: 'Another' });
    const at = daysAfterNoon(-2);
    const cases: readonly (readonly [Parameters<typeof revocationList>[0]['revoked'], string])[] = [
      [[], 'good'],
      [[{ certificate: another }], 'good'],
      [[{ certificate: another }, { certificate: holder }], 'revoked'],
      [[{ certificate: holder, reason: 1 }], 'revoked'],
      [[{ certificate: holder, reason: 6 }], 'revoked'],
      [
        [
          { certificate: holder, reason: 6, at },
          { certificate: holder, reason: 8 },
        ],
        'good',
      ],
      [
        [
          { certificate: holder, reason: 8, at },
          { certificate: holder, reason: 6 },
        ],
        'revoked',
      ],
    ];
    for (const [revoked, state] of cases) {
      answers = { crl: () => revocationList({ by: root, revoked: revoked ?? [] }) };
      expect((await statusOf(holder)).state).toBe(state);
    }
  });

  it('is read over a redirect, and all lists of a certificate are', async () => {
    const holder = await leaf({ crl: [`${base}/crl`, `${base}/other`] });
    answers = {
      crl: () => 302,
      moved: () => revocationList({ by: root }),
      other: () => revocationList({ by: root, revoked: [{ certificate: holder }] }),
    };
    expect((await statusOf(holder)).state).toBe('revoked');
    answers = { crl: () => revocationList({ by: root }) };
    expect((await statusOf(holder)).state).toBe('unknown');
  });

  it('is completed by the delta it names, and unknown without it', async () => {
    const holder = await leaf({ crl: [`${base}/crl`] });
    const crl = (): Buffer => revocationList({ by: root, number: 5, deltaAt: `${base}/delta` });
    const revoked = [{ certificate: holder, reason: 1 }];
    const cases: readonly (readonly [() => Buffer | number, string])[] = [
      [() => revocationList({ by: root, number: 6, deltaOf: 5 }), 'good'],
      [() => revocationList({ by: root, number: 6, deltaOf: 5, revoked }), 'revoked'],
      [() => revocationList({ by: root, number: 6, deltaOf: 6 }), 'unknown'],
      [() => revocationList({ by: root, number: 6 }), 'unknown'],
      [() => 404, 'unknown'],
    ];
    for (const [delta, state] of cases) {
      answers = { crl, delta };
      expect((await statusOf(holder)).state).toBe(state);
    }
  });

  it('is unknown where it is old, without end, by somebody else, a delta, or not understood', async () => {
    const holder = await leaf({ crl: [`${base}/crl`] });
    const other = await certify({ name: 'Other', key: 'other', kind: 'authority' });
    const wrong: readonly (() => Buffer | number)[] = [
      () => revocationList({ by: root, until: daysAfterNoon(-1) }),
      () => revocationList({ by: root, until: null }),
      () => revocationList({ by: other }),
      () => revocationList({ by: root, deltaOf: 1 }),
      () => revocationList({ by: root, criticalExtension: '1.2.3' }),
      () => Buffer.from('no list'),
      () => 403,
    ];
    for (const answer of wrong) {
      answers = { crl: answer };
      expect((await statusOf(holder)).state).toBe('unknown');
    }
  });
});

describe('the answer about an image', () => {
  async function ask(by: Holder, options: Partial<RuleOptions> = {}, tsa?: Holder) {
    const { store, image } = await storeWithImage();
    const stamp = tsa === undefined ? {} : { timestamp: (over: Uint8Array) => timestampToken({ by: tsa, over }) };
    await attach(store, image, {
      mediaType: 'application/jose+json',
      bytes: jwsEnvelope({ by, target: image, ...stamp }),
    });
    const settings = settingsTrusting([root], tsa === undefined ? undefined : [root]);
    const validator = createNotationValidator(settings, surroundingsOf(store, { fetch: () => fetch }));
    const { signal } = new AbortController();
    return validator.validate({ image: imageNamed('reg.test/team/web:1'), rule: ruleWith(options), now: noon, signal });
  }

  it('is a definite no for a revoked certificate, and no answer where it is not known', async () => {
    const holder = await leaf({ ocsp: [`${base}/ocsp`] });
    answers = { ocsp: () => ocspResponse({ of: holder, by: root, status: 'revoked' }) };
    expect(await ask(holder)).toMatchObject({
      outcome: 'refused',
      class: 'wrong_key',
      detail: expect.stringContaining('was revoked at 2026-06-01'),
    });
    answers = {};
    expect(await ask(holder)).toMatchObject({
      outcome: 'refused',
      class: 'registry_unreachable',
      detail: expect.stringContaining('unknown: 127.0.0.1'),
    });
    const passing = await ask(holder, { verificationLevel: 'permissive' });
    expect(passing).toMatchObject({ outcome: 'accepted', warnings: [expect.stringContaining('revocation failed')] });
  });

  it('never asks where a certificate of a stranger says', async () => {
    const other = await certify({ name: 'Other', key: 'other', kind: 'authority' });
    const stranger = await leaf({ issuer: other, ocsp: [`${base}/ocsp`], crl: [`${base}/crl`] });
    expect(await ask(stranger, { verificationLevel: 'audit' })).toMatchObject({ outcome: 'accepted' });
    expect(await ask(stranger)).toMatchObject({ outcome: 'refused', class: 'wrong_key' });
    expect(asked).toEqual([]);
  });

  it('asks about the authority of the timestamp too', async () => {
    const tsa = await certify({ name: 'Clock', key: 'middle', kind: 'timestamps', issuer: root, crl: [`${base}/crl`] });
    answers = { crl: () => revocationList({ by: root }) };
    expect(await ask(await leaf(), {}, tsa)).toMatchObject({ outcome: 'accepted' });
    answers = { crl: () => revocationList({ by: root, revoked: [{ certificate: tsa }] }) };
    const refused = await ask(await leaf(), {}, tsa);
    expect(refused).toMatchObject({ outcome: 'refused', detail: expect.stringContaining('CN=Clock') });
  });
});

describe('answers of strangers', () => {
  it('are never believed and never a crash', async () => {
    const holder = await leaf();
    const [certificate, issuer] = chainOf(holder).map((der) => parseCertificate(der)!) as [Certificate, Certificate];
    const whole = [
      ocspResponse({ of: holder, by: root }),
      revocationList({ by: root, revoked: [{ certificate: holder }] }),
    ];
    const issued = { certificate, issuer };
    const read = [readOcspResponse, readRevocationList].map((reader) => (bytes: Uint8Array) => {
      try {
        return JSON.stringify(reader(bytes, issued, noon), (_, value: unknown) =>
          typeof value === 'bigint' ? `${value}` : value,
        );
      } catch (error) {
        if (error instanceof Error) return undefined;
        throw error;
      }
    });
    expect(whole.map((bytes, index) => read[index]!(bytes))).not.toContain(undefined);
    const change = fc.record({ which: fc.constantFrom(0, 1), at: fc.nat(), by: fc.integer({ min: 1, max: 255 }) });
    fc.assert(
      fc.property(change, ({ which, at, by }) => {
        const bytes = Buffer.from(whole[which]!);
        bytes[at % bytes.length]! ^= by;
        // Only what is not signed may differ: the wrapping around it.
        expect([undefined, read[0]!(whole[0]!)]).toContainEqual(which === 0 ? read[0]!(bytes) : undefined);
        expect([undefined, read[1]!(whole[1]!)]).toContainEqual(which === 1 ? read[1]!(bytes) : undefined);
      }),
      { numRuns: 150 },
    );
  });
});
