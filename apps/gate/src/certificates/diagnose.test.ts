import { beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { CertificateProblem } from './certificates.ts';
import { diagnose } from './diagnose.ts';
import { readPublished, readSecret, readWebhook } from './readings.ts';
import { planCertificates } from './plan.ts';
import {
  day,
  make,
  noon,
  restingState,
  secretObject,
  secretReading,
  webhookReading,
  webhookRef,
} from './state-fixture.ts';
import type { Made } from './state-fixture.ts';
import type { CertificateState } from './state.ts';
import { callersName } from './state-fixture.ts';

const names = { secret: 'connaisseur-tls', authoritySecret: 'connaisseur-ca', namespace: 'connaisseur' };

let made: Made;
let other: Made;
let resting: CertificateState;

beforeAll(async () => {
  [made, other] = await Promise.all([make(), make()]);
  resting = restingState(made);
});

describe('diagnose', () => {
  it('says nothing where everything is right', () => {
    expect(diagnose(resting, names, noon)).toEqual([]);
  });

  it('3.1 names the fingerprint’s owner, the reason and the query with its backslash when caBundle does not vouch', () => {
    const [problem] = diagnose(
      { ...resting, webhooks: [webhookReading({ caBundle: other.authority.certificate })] },
      names,
      noon,
    );
    expect(problem).toMatchObject({ code: 'ca-bundle-mismatch', severity: 'high' });
    expect(problem?.cause).toContain('unable to verify the first certificate');
    expect(problem?.fix).toContain(String.raw`{.data.ca\.crt}`);
  });

  it('3.1 says that an empty caBundle is empty', () => {
    const [problem] = diagnose({ ...resting, webhooks: [webhookReading({ caBundle: '' })] }, names, noon);
    expect(problem?.cause).toBe(`The caBundle of webhook ${callersName} is empty.`);
  });

  it.each<[string, () => CertificateState, number, CertificateProblem['code'][]]>([
    [
      'the webhook is not there',
      () => ({ ...resting, webhooks: [{ state: 'missing', ref: webhookRef }] }),
      noon,
      ['webhook-missing'],
    ],
    [
      'the webhook has no entry of this name',
      () => ({ ...resting, webhooks: [withoutEntry()] }),
      noon,
      ['webhook-missing'],
    ],
    [
      'it is switched off',
      () => ({ ...resting, webhooks: [webhookReading({ caBundle: made.authority.certificate, rules: [] })] }),
      noon,
      ['webhook-inactive'],
    ],
    ['what is served is over', () => resting, noon + 91 * day, ['certificate-refused', 'ca-bundle-mismatch']],
    ['what is served begins later', () => resting, noon - day, ['clock-skew', 'ca-bundle-mismatch']],
    [
      'a provided Secret is not there',
      () => ({ ...resting, mode: 'provided', secret: { state: 'missing' } }),
      noon,
      ['certificate-missing'],
    ],
    [
      'somebody’s certificate ends soon',
      () => ({ ...resting, mode: 'provided', secret: somebodys() }),
      noon + 61 * day,
      ['certificate-expiring'],
    ],
    [
      'nobody vouches for somebody’s certificate',
      () => ({ ...resting, secret: secretReading(secretObject(other.leaf, { issued: false })) }),
      noon,
      ['certificate-foreign', 'authority-unknown'],
    ],
    [
      'somebody’s authority is broken',
      () => ({ ...resting, authority: secretReading(secretObject({ key: other.leaf.key }, { issued: false })) }),
      noon,
      ['certificate-unusable'],
    ],
  ])('says so when %s', (_what, state, now, codes) => {
    const found = diagnose(state(), names, now);
    expect(found.map(({ code }) => code)).toEqual(codes);
    expect(found.every(({ cause, fix }) => cause.length > 10 && fix.length > 10)).toBe(true);
  });

  it('never shows a private key', async () => {
    const keys = [made.leaf.key, other.leaf.key].map((key) => key.split('\n')[1] ?? 'missing');
    const states: CertificateState[] = [
      { ...resting, secret: secretReading(secretObject({ certificate: made.leaf.key, key: other.leaf.key })) },
      {
        ...resting,
        secret: secretReading(
          secretObject({ certificate: made.leaf.certificate, key: other.leaf.key }, { issued: false }),
        ),
      },
      { ...resting, authority: secretReading(secretObject({ key: other.leaf.key }, { issued: false })) },
    ];
    const said = states.map((state) =>
      JSON.stringify([diagnose(state, names, noon), planCertificates(state, noon).actions.map(({ why }) => why)]),
    );
    for (const key of keys) for (const text of said) expect(text).not.toContain(key);
  });
});

describe('what objects of a cluster say', () => {
  it('is read whatever stands in them, without another end than a reading', () => {
    const pieces = () =>
      [made.leaf.certificate, made.authority.certificate, made.leaf.key].map((text) =>
        Buffer.from(text).toString('base64'),
      );
    const data = fc.dictionary(
      fc.constantFrom('tls.crt', 'tls.key', 'ca.crt', '__proto__'),
      fc.oneof(fc.anything(), fc.constantFrom(...pieces())),
    );
    fc.assert(
      fc.property(data, fc.anything(), fc.string(), (content, webhooks, wanted) => {
        const metadata = { annotations: { 'pratique.io/rules': wanted, 'pratique.io/issued': wanted } };
        const looked = { state: 'read', object: { metadata, data: content, webhooks } } as const;
        expect(['usable', 'unusable']).toContain(readSecret(looked, 'Secret').state);
        expect(readPublished(looked).state).toBe('there');
        expect(readWebhook(looked, webhookRef, callersName)).toMatchObject({
          state: 'there',
          wanted: { state: 'unknown' },
        });
      }),
      { numRuns: 100 },
    );
  });
});

function somebodys(): CertificateState['secret'] {
  return secretReading(secretObject(made.leaf, { ca: made.authority.certificate, issued: false }));
}

function withoutEntry(): CertificateState['webhooks'][number] {
  return readWebhook(
    { state: 'read', object: { metadata: {}, webhooks: [{ name: 'other' }] } },
    webhookRef,
    callersName,
  );
}
