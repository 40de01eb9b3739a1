/** What is accepted and what is not, from the store to the answer. */
import { createMemoryStore } from '@pratique/oci';
import type { ContentStore, Descriptor } from '@pratique/oci';
import { Fault } from '@pratique/runtime/fault';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RuleOptions } from '../configuration/policy.ts';
import type { ValidatorAnswer } from '../verdict.ts';
import { timestampToken } from './authority-fixture.ts';
import { certify, daysAfterNoon, noon } from './certificates-fixture.ts';
import type { Holder } from './certificates-fixture.ts';
import { coseEnvelope, jwsEnvelope } from './envelope-fixture.ts';
import type { EnvelopeWish } from './envelope-fixture.ts';
import { createNotationValidator } from './notation-validator.ts';
import { attach, imageNamed, ruleWith, settingsTrusting, storeWithImage, surroundingsOf } from './world-fixture.ts';

let root: Holder;
let other: Holder;
let tsaRoot: Holder;
let tsa: Holder;
let signer: Holder;
let stranger: Holder;

beforeAll(async () => {
  root = await certify({ name: 'Root', key: 'root', kind: 'authority' });
  other = await certify({ name: 'Other', key: 'other', kind: 'authority' });
  const middle = await certify({ name: 'Middle', key: 'middle', kind: 'authority', issuer: root, pathLength: 0 });
  signer = await certify({ name: 'Release', key: 'p256', issuer: middle });
  stranger = await certify({ name: 'Stranger', key: 'p256', issuer: other });
  const old = { notBefore: daysAfterNoon(-3650) };
  tsaRoot = await certify({ name: 'Clock Root', key: 'other', kind: 'authority', ...old });
  tsa = await certify({ name: 'Clock', key: 'middle', kind: 'timestamps', issuer: tsaRoot, ...old });
});

type Envelope = (target: Descriptor) => { readonly mediaType: string; readonly bytes: Uint8Array };

function jws(wish: Partial<EnvelopeWish> = {}): Envelope {
  return (target) => ({ mediaType: 'application/jose+json', bytes: jwsEnvelope({ by: signer, target, ...wish }) });
}

function cose(wish: Partial<EnvelopeWish> = {}): Envelope {
  return (target) => ({ mediaType: 'application/cose', bytes: coseEnvelope({ by: signer, target, ...wish }) });
}

interface Asking {
  readonly envelopes?: readonly Envelope[];
  readonly options?: Partial<RuleOptions>;
  readonly trusting?: readonly Holder[];
  readonly timestamps?: readonly Holder[];
  readonly now?: Date;
  readonly image?: string;
  readonly store?: ContentStore;
}

async function ask(asking: Asking = {}): Promise<ValidatorAnswer> {
  const { store, image } = await storeWithImage();
  for (const envelope of asking.envelopes ?? []) await attach(store, image, envelope(image));
  const settings = settingsTrusting(asking.trusting ?? [root], asking.timestamps, { more: [other] });
  const validator = createNotationValidator(settings, surroundingsOf(asking.store ?? store));
  return validator.validate({
    image: imageNamed(asking.image ?? 'reg.test/team/web:1'),
    rule: ruleWith(asking.options),
    now: asking.now ?? noon,
    signal: new AbortController().signal,
  });
}

function refusal(answer: ValidatorAnswer) {
  if (answer.outcome !== 'refused') throw new Error('it was accepted');
  return answer;
}

describe('a signature of the Notary Project', () => {
  it('NTN-1 is accepted in both envelopes, with the digest the tag resolves to', async () => {
    for (const envelope of [jws(), cose()]) {
      const answer = await ask({ envelopes: [envelope] });
      expect(answer).toMatchObject({ outcome: 'accepted', digest: expect.stringMatching(/^sha256:/), warnings: [] });
      expect(answer.found).toEqual([{ text: expect.stringContaining('CN=Release'), location: expect.any(String) }]);
    }
  });

  it('is looked for under the fallback tag too', async () => {
    const { store, image } = await storeWithImage({ keepsReferrers: false });
    const digest = await attach(store, image, jws()(image));
    const entry = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 1 };
    const stored = await store.manifest(digest);
    const list = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [{ ...entry, size: stored!.bytes.length }],
    };
    const tag = image.digest.replace(':', '-');
    await store.putManifest({ bytes: Buffer.from(JSON.stringify(list)), mediaType: list.mediaType, tag });
    expect(await ask({ store })).toMatchObject({ outcome: 'accepted', digest: image.digest });
  });

  it('holds where one of several does, whatever the others are', async () => {
    const wrong = jws({ by: stranger });
    expect(await ask({ envelopes: [wrong, cose({ target: {} }), jws()] })).toMatchObject({ outcome: 'accepted' });
  });

  it('counts among the first ten only', async () => {
    const wrong = Array.from({ length: 10 }, (_, minute) =>
      jws({ by: stranger, signingTime: new Date(noon.getTime() + minute * 60_000) }),
    );
    expect(await ask({ envelopes: [...wrong.slice(1), jws()] })).toMatchObject({ outcome: 'accepted' });
    const { detail } = refusal(await ask({ envelopes: [...wrong, jws({ by: stranger, expiry: daysAfterNoon(1) })] }));
    expect(detail).toContain('only 10 are evaluated');
  });

  it('is accepted for every algorithm of the specification', async () => {
    for (const key of ['p256', 'p384', 'p521', 'rsa2048', 'rsa3072', 'rsa4096'] as const) {
      const by = await certify({ name: key, key, issuer: root });
      expect([key, (await ask({ envelopes: [jws({ by })] })).outcome]).toEqual([key, 'accepted']);
      expect([key, (await ask({ envelopes: [cose({ by })] })).outcome]).toEqual([key, 'accepted']);
    }
  });

  it('is accepted by a self-signed signing certificate that is trusted itself', async () => {
    const by = await certify({ name: 'Alone', key: 'p384' });
    expect(await ask({ envelopes: [jws({ by })], trusting: [by] })).toMatchObject({ outcome: 'accepted' });
    expect(refusal(await ask({ envelopes: [jws({ by })] })).class).toBe('wrong_key');
  });

  it('is believed by every trust root under *, by the named one otherwise', async () => {
    const envelopes = [jws({ by: stranger })];
    expect(await ask({ envelopes, options: { trustRoot: '*' } })).toMatchObject({ outcome: 'accepted' });
    expect(await ask({ envelopes, options: { trustRoot: 'more' } })).toMatchObject({ outcome: 'accepted' });
    const unknown = refusal(await ask({ envelopes, options: { trustRoot: 'none' } }));
    expect(unknown.class).toBe('config');
    expect(unknown.detail).toContain('failed to set up trust policy: failed to get trust roots');
  });
});

describe('two validators', () => {
  it('NTN-2 reach the registry and everything else each in its own way', async () => {
    const { store, image } = await storeWithImage();
    await attach(store, image, jws()(image));
    const asked: string[] = [];
    const rule = ruleWith();
    for (const name of ['one', 'other']) {
      const settings = { ...settingsTrusting([root]), name };
      const surroundings = surroundingsOf(store, {
        repository: (_, validator) => Promise.resolve((asked.push(`repository for ${validator.name}`), store)),
        fetch: (validator) => (asked.push(`fetch for ${validator.name}`), fetch),
      });
      const validation = {
        image: imageNamed('reg.test/team/web:1'),
        rule,
        now: noon,
        signal: new AbortController().signal,
      };
      expect(await createNotationValidator(settings, surroundings).validate(validation)).toMatchObject({
        outcome: 'accepted',
      });
    }
    expect(asked).toEqual(['repository for one', 'fetch for one', 'repository for other', 'fetch for other']);
  });
});

describe('a refusal', () => {
  it('says that no signature is there, where it was looked for, and how to sign', async () => {
    const { class: kind, detail, nextStep, wanted } = refusal(await ask());
    expect(kind).toBe('no_signature');
    expect(detail).toMatch(
      /^failed to verify image: no signature is associated with “reg\.test\/team\/web@sha256:[0-9a-f]{64}”/,
    );
    expect(nextStep).toMatch(/notation sign --key <key> reg\.test\/team\/web@sha256:/);
    expect(wanted).toContain('“CN=Root, O=Example” (SHA256:');
  });

  it('names the certificate that signed and the one that is wanted', async () => {
    const { class: kind, detail, nextStep, found } = refusal(await ask({ envelopes: [jws({ by: stranger })] }));
    expect(kind).toBe('wrong_key');
    expect(detail).toMatch(/failed to verify signature with digest sha256:\w+: the certificate chain of “CN=Stranger/);
    expect(nextStep).toContain('add it to trustRoots of validator release');
    expect(found[0]?.text).toContain('does not hold');
  });

  it('says that the signature is for another image, size or type', async () => {
    for (const change of [{ digest: `sha256:${'0'.repeat(64)}` }, { size: 7 }, { mediaType: 'text/plain' }]) {
      const envelope: Envelope = (target) => jws({ target: { ...target, ...change } })(target);
      expect(refusal(await ask({ envelopes: [envelope] })).class).toBe('wrong_digest');
    }
  });

  it('says that the image is not there', async () => {
    const absent = refusal(await ask({ image: 'reg.test/team/web:2' }));
    expect(absent).toMatchObject({
      class: 'image_not_found',
      detail: expect.stringContaining('failed to resolve image tag: '),
    });
    const byDigest = await ask({ image: `reg.test/team/web@sha256:${'0'.repeat(64)}` });
    expect(refusal(byDigest).class).toBe('image_not_found');
  });

  it.each([
    ['registry-unauthorized', 'registry_auth'],
    ['registry-unreachable', 'registry_unreachable'],
    ['registry-tls', 'registry_tls'],
  ])('is not definite where the registry cannot be read: %s', async (code, expected) => {
    const fault = new Fault({ code, message: 'It does not work.', hint: 'Look at it.' });
    const store = { ...createMemoryStore(), manifest: () => Promise.reject(fault) } as unknown as ContentStore;
    expect(refusal(await ask({ store }))).toMatchObject({ class: expected, nextStep: 'Look at it.' });
    const image = await storeWithImage();
    const half = {
      ...image.store,
      name: 'x',
      manifest: image.store.manifest.bind(image.store),
      referrers: () => Promise.reject(fault),
    };
    expect(refusal(await ask({ store: half as unknown as ContentStore })).class).toBe(expected);
  });

  it('VAL-3 is no crash where the store does what no store should', async () => {
    const store = { manifest: () => Promise.reject(new TypeError('a bug')) } as unknown as ContentStore;
    expect(refusal(await ask({ store })).class).toBe('internal');
    const ended = AbortSignal.abort();
    const validator = createNotationValidator(settingsTrusting([root]), surroundingsOf((await storeWithImage()).store));
    const rule = ruleWith();
    const answer = await validator.validate({
      image: imageNamed('reg.test/team/web:1'),
      rule,
      now: noon,
      signal: ended,
    });
    expect(refusal(answer).class).toBe('timeout');
  });
});

describe('the verification level', () => {
  const later = daysAfterNoon(3);
  const cases: readonly (readonly [string, () => Asking, string])[] = [
    ['an untrusted certificate', () => ({ envelopes: [jws({ by: stranger })] }), 'audit'],
    [
      'an expired signature',
      () => ({ envelopes: [jws({ expiry: daysAfterNoon(1) })], now: later }),
      'permissive audit',
    ],
    ['no timestamp', () => ({ envelopes: [jws()], timestamps: [tsaRoot] }), 'permissive audit'],
    ['an expired certificate', () => ({ envelopes: [jws()], now: daysAfterNoon(400) }), 'permissive audit'],
    ['an altered envelope', () => ({ envelopes: [jws({ algorithm: 'ES384' })] }), ''],
    ['another image', () => ({ envelopes: [jws({ target: { mediaType: 'a', size: 1, digest: 'b' } })] }), ''],
  ];
  it.each(cases)('lets %s pass only where it says so, with a warning', async (_, asking, passing) => {
    for (const verificationLevel of ['strict', 'permissive', 'audit'] as const) {
      const answer = await ask({ ...asking(), options: { verificationLevel } });
      const expected = passing.includes(verificationLevel) ? 'accepted' : 'refused';
      expect([verificationLevel, answer.outcome]).toEqual([verificationLevel, expected]);
      if (expected === 'accepted') expect(answer.warnings).toEqual([expect.stringContaining(verificationLevel)]);
    }
  });

  it('decides on the message of Appendix B where a timestamp is missing', async () => {
    const { class: kind, detail, nextStep } = refusal(await ask({ envelopes: [jws()], timestamps: [tsaRoot] }));
    expect(kind).toBe('timestamp');
    expect(detail).toContain('no timestamp countersignature was found');
    expect(nextStep).toContain('--timestamp-url');
  });
});

describe('a timestamp countersignature', () => {
  const stamped = (at?: Date): Partial<EnvelopeWish> => ({
    timestamp: (over) => timestampToken({ by: tsa, over, ...(at && { at }) }),
  });

  it('proves that the certificate counted when the signature was made', async () => {
    const trusting = { timestamps: [tsaRoot], now: daysAfterNoon(400) };
    for (const envelope of [jws(stamped()), cose(stamped())])
      expect(await ask({ ...trusting, envelopes: [envelope] })).toMatchObject({ outcome: 'accepted', warnings: [] });
    const outside = refusal(await ask({ ...trusting, envelopes: [jws(stamped(daysAfterNoon(-366)))] }));
    expect(outside.detail).toContain('when the timestamp was made');
  });

  it('is looked at after expiry only, where the rule says so', async () => {
    const options = { verifyTimestamp: 'afterCertExpiry' } as const;
    expect(await ask({ options, timestamps: [tsaRoot], envelopes: [jws()] })).toMatchObject({ outcome: 'accepted' });
    const late = { options, timestamps: [tsaRoot], now: daysAfterNoon(400) };
    expect(await ask({ ...late, envelopes: [jws(stamped())] })).toMatchObject({ outcome: 'accepted' });
    expect(refusal(await ask({ ...late, envelopes: [jws()] })).detail).toContain(
      'no timestamp countersignature was found',
    );
  });

  it('is not looked at where no tsCert is configured', async () => {
    expect(await ask({ envelopes: [jws({ timestamp: () => Buffer.from('garbage') })] })).toMatchObject({
      outcome: 'accepted',
    });
    expect(refusal(await ask({ envelopes: [jws(stamped())], now: daysAfterNoon(400) })).detail).toContain(
      'no tsCert is configured',
    );
  });

  it('is refused when it covers something else, or is by an authority nobody trusts', async () => {
    const of = (timestamp: EnvelopeWish['timestamp'], timestamps: readonly Holder[] = [tsaRoot]) =>
      ask({ envelopes: [jws(timestamp === undefined ? {} : { timestamp })], timestamps });
    const wrong: readonly EnvelopeWish['timestamp'][] = [
      () => timestampToken({ by: tsa, over: Buffer.from('another signature') }),
      () => Buffer.from('garbage'),
      (over) => timestampToken({ by: tsa, over, version: 2 }),
      (over) => timestampToken({ by: tsa, over, namesCertificate: false }),
      (over) => timestampToken({ by: tsa, over, certificates: [] }),
      (over) => timestampToken({ by: signer, over }),
    ];
    for (const timestamp of wrong) expect(refusal(await of(timestamp)).class).toBe('timestamp');
    expect(refusal(await of((over) => timestampToken({ by: tsa, over }), [root])).class).toBe('timestamp');
  });

  it('is only as exact as its authority says', async () => {
    const by = await certify({ name: 'Brief', key: 'p256', issuer: root, notAfter: new Date(noon.getTime() + 30_000) });
    const withAccuracy = (accuracy: number, policy?: string) =>
      ask({
        timestamps: [tsaRoot],
        envelopes: [
          jws({ by, timestamp: (over) => timestampToken({ by: tsa, over, accuracy, ...(policy && { policy }) }) }),
        ],
      });
    expect(await withAccuracy(30)).toMatchObject({ outcome: 'accepted' });
    expect(refusal(await withAccuracy(31)).class).toBe('timestamp');
  });
});
