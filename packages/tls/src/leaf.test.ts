import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import type { KeyPairKeyObjectResult } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAuthority, issuedAt, readAuthority } from './authority.ts';
import { day, hour, makePair, names, noon, seeded } from './certificates-fixture.ts';
import { isIssuedBy, isSelfSigned } from './certificate.ts';
import { keyPem, makeCertificate } from './issue.ts';
import { checkKeyPair } from './key-pair.ts';
import { checkServing } from './check-serving.ts';
import type { KeyPair } from './key-pair.ts';
import { issueLeaf, namesAll } from './leaf.ts';
import { renewAt } from './renewal.ts';

describe('certificates of our own', () => {
  it('TLS-3 makes an authority that may sign leaves for ten years and nothing below', async () => {
    const { authority } = await makePair('authority');
    const certificate = readAuthority(authority, 'authority');
    expect(certificate.ca).toBe(true);
    expect(isSelfSigned(certificate)).toBe(true);
    expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
    expect(certificate.validToDate.getTime() - noon).toBe(3650 * day);
    expect(certificate.subject).toMatch(/^CN=connaisseur-svc\.connaisseur\.svc authority [0-9a-f]{8}$/);
  });

  it('TLS-1 and TLS-3 make a leaf with the four names of the service, for servers, for ninety days', async () => {
    const { authority, pair } = await makePair('leaf');
    const { leaf } = checkKeyPair(pair, 'leaf');
    expect(leaf.ca).toBe(false);
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(leaf.validToDate.getTime() - noon).toBe(90 * day);
    expect(isIssuedBy(leaf, new X509Certificate(authority.certificate))).toBe(true);
    expect(leaf.subjectAltName).toBe(
      'DNS:connaisseur-svc, DNS:connaisseur-svc.connaisseur, DNS:connaisseur-svc.connaisseur.svc, DNS:connaisseur-svc.connaisseur.svc.cluster.local, IP Address:127.0.0.1',
    );
    expect(namesAll(leaf, names)).toBe(true);
    expect(namesAll(leaf, [...names, 'elsewhere.connaisseur.svc'])).toBe(false);
  });

  it('begins an hour early, so that a clock that is behind accepts it', async () => {
    const { pair } = await makePair('clock');
    const { leaf } = checkKeyPair(pair, 'leaf');
    expect(leaf.validFromDate.getTime()).toBe(noon - hour);
    expect(issuedAt(leaf)).toBe(noon);
  });

  it('is due for renewal after two thirds of its life', async () => {
    const { pair } = await makePair('renewal');
    const { leaf } = checkKeyPair(pair, 'leaf');
    expect(renewAt(leaf)).toBe(noon - hour + ((90 * day + hour) * 2) / 3);
  });

  it('never outlives its authority', async () => {
    const { authority } = await makePair('old');
    const late = noon + 3600 * day;
    const pair = await issueLeaf({ authority, names, now: late, random: seeded('late') });
    expect(checkKeyPair(pair, 'leaf').leaf.validToDate.getTime()).toBe(noon + 3650 * day);
  });

  it.each([
    ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['P-384', () => generateKeyPairSync('ec', { namedCurve: 'secp384r1' })],
  ])('is also signed by an authority that somebody brings with a key of %s', async (_kind, newPair) => {
    const authority = await bring(newPair());
    const pair = await issueLeaf({ authority, names, now: noon, random: seeded('brought') });
    const bundle = [readAuthority(authority, 'brought')];
    const { chain } = checkKeyPair(pair, 'leaf');
    expect(checkServing({ bundle, chain, name: names[2] ?? '', now: noon }).outcome).toBe('ok');
  });

  it('is not signed with a key that callers may not know', async () => {
    await expect(bring(generateKeyPairSync('ed25519'))).rejects.toThrow(/type ed25519 is not supported/);
  });

  it('is not made by an authority that is over, by a leaf, or without a name', async () => {
    const { authority, pair } = await makePair('refused');
    const making = { now: noon, random: seeded('x') };
    await expect(issueLeaf({ authority, names, ...making, now: noon + 3651 * day })).rejects.toThrow(
      /authority is over/,
    );
    await expect(issueLeaf({ authority: pair, names, ...making })).rejects.toThrow(/is not an authority/);
    await expect(issueLeaf({ authority, names: [], ...making })).rejects.toThrow(/no name/);
    await expect(createAuthority({ name: 'a,CN=b', ...making })).rejects.toThrow(/name of an authority/);
    expect(() => readAuthority(pair, 'Secret connaisseur-ca')).toThrow(/is not an authority/);
  });
});

describe('a key pair', () => {
  it('is refused when the key is another one, without a word of the key', async () => {
    const one = await makePair('one');
    const other = await makePair('other');
    const mixed = { certificate: one.pair.certificate, key: other.pair.key };
    expect(() => checkKeyPair(mixed, 'Secret connaisseur-tls')).toThrow(
      /private key of Secret connaisseur-tls does not belong to its certificate CN=connaisseur-svc/,
    );
  });

  it.each([
    ['an empty certificate', { certificate: '', key: 'x' }, /tls.crt of it cannot be read: there is no certificate/],
    ['a cut certificate', { certificate: '-----BEGIN CERTIFICATE-----\nMII', key: 'x' }, /is cut off/],
    ['garbage between the lines', { certificate: pemWith('%%%'), key: 'x' }, /not base64/],
    ['bytes that are no certificate', { certificate: pemWith('AAAA'), key: 'x' }, /not a certificate/],
  ])('is refused with %s', (_what, pair, said) => {
    expect(() => checkKeyPair(pair, 'it')).toThrow(said);
  });

  it('is refused when a server could not serve with it', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 512 });
    const plan = { subject: 'CN=short', now: noon, random: seeded('short'), notBefore: noon, notAfter: noon + day };
    const { authority } = await makePair('short');
    const issuer = {
      certificate: new X509Certificate(authority.certificate),
      key: createPrivateKey(authority.key),
    };
    const { pem } = await makeCertificate({ ...plan, publicKey, ownKey: privateKey, issuer, extensions: () => [] });
    expect(() => checkKeyPair({ certificate: pem, key: keyPem(privateKey) }, 'it')).toThrow(
      /The it cannot be read: it cannot be served with \(.*key too small/,
    );
  });

  it('is refused with a key that cannot be read', async () => {
    const { pair } = await makePair('key');
    expect(() => checkKeyPair({ ...pair, key: '' }, 'it')).toThrow(/tls.key of it cannot be read: it is empty/);
    expect(() => checkKeyPair({ ...pair, key: 'x' }, 'it')).toThrow(/not a private key in PEM/);
  });
});

/** An authority with that key, as somebody may bring one. */
async function bring({ publicKey, privateKey }: KeyPairKeyObjectResult): Promise<KeyPair> {
  const { pem } = await makeCertificate({
    ...{ subject: 'CN=brought', publicKey, ownKey: privateKey, now: noon, random: seeded('bring') },
    ...{ notBefore: noon - day, notAfter: noon + 100 * day },
    extensions: (library) => [new library.BasicConstraintsExtension(true, undefined, true)],
  });
  return { certificate: pem, key: keyPem(privateKey) };
}

function pemWith(body: string): string {
  return `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
}
