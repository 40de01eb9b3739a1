import 'reflect-metadata';
import { KeyUsageFlags } from '@peculiar/x509';
import { parseCertificate } from '@pratique/sigstore';
import { beforeAll, describe, expect, it } from 'vitest';
import { flawInChain } from './certificate-chain.ts';
import type { Purpose } from './certificate-chain.ts';
import { certify, chainOf } from './certificates-fixture.ts';
import type { CertificateWish, Holder } from './certificates-fixture.ts';

let root: Holder;

beforeAll(async () => {
  root = await certify({ name: 'Root', key: 'root', kind: 'authority' });
});

function flawOf(ders: readonly Uint8Array[], purpose: Purpose = 'code signing'): string | undefined {
  return flawInChain(
    ders.map((der) => parseCertificate(der)!),
    purpose,
  );
}

async function leaf(wish: Partial<CertificateWish> = {}): Promise<Holder> {
  return certify({ name: 'Leaf', key: 'p256', issuer: root, ...wish });
}

describe('a certificate chain of the Notary Project', () => {
  it('is right from the signing certificate over authorities to the root', async () => {
    const middle = await certify({ name: 'Middle', key: 'middle', kind: 'authority', issuer: root, pathLength: 0 });
    expect(flawOf(chainOf(await leaf({ issuer: middle })))).toBeUndefined();
    expect(flawOf(chainOf(await leaf()))).toBeUndefined();
    expect(flawOf(chainOf(await certify({ name: 'Alone', key: 'p384' })))).toBeUndefined();
    const stamping = await leaf({ kind: 'timestamps' });
    expect(flawOf(chainOf(stamping), 'timestamping')).toBeUndefined();
  });

  it('is in order, whole, and without anything else', async () => {
    const middle = await certify({ name: 'Middle', key: 'middle', kind: 'authority', issuer: root });
    const signer = await leaf({ issuer: middle });
    const stranger = await certify({ name: 'Stranger', key: 'other', kind: 'authority' });
    const disorders: readonly (readonly Holder[])[] = [
      [signer, root, middle],
      [signer, middle],
      [signer, root],
      [signer, middle, root, root],
      [signer, middle, stranger],
      [signer],
      [root],
    ];
    for (const chain of disorders) expect(flawOf(chain.map(({ der }) => der))).toBeTypeOf('string');
    expect(flawOf([])).toBe('is empty');
  });

  const flags = KeyUsageFlags;
  const leaves: readonly (readonly [string, Partial<CertificateWish>, RegExp])[] = [
    ['no key usage', { usage: null }, /has no key usage/],
    ['a key usage that is not critical', { isUsageCritical: false }, /not critical/],
    ['a key usage without digitalSignature', { usage: flags.nonRepudiation }, /lacks digitalSignature/],
    [
      'a key usage for encryption too',
      { usage: flags.digitalSignature | flags.keyEncipherment },
      /more than signatures/,
    ],
    ['a key usage for lists too', { usage: flags.digitalSignature | flags.cRLSign }, /more than signatures/],
    ['the right to issue', { isAuthority: true, usage: flags.digitalSignature }, /certificate authority/],
    ['the purpose of a server', { purposes: ['1.3.6.1.5.5.7.3.1'] }, /something else/],
    ['any purpose', { purposes: ['1.3.6.1.5.5.7.3.3', '2.5.29.37.0'] }, /something else/],
    ['a signature with SHA-1', { hash: 'SHA-1' }, /not allowed/],
  ];
  it.each(leaves)('is not one whose signing certificate has %s', async (_, wish, expected) => {
    expect(flawOf(chainOf(await leaf(wish)))).toMatch(expected);
  });

  it('allows what the specification leaves open: no purpose at all, and non-repudiation', async () => {
    expect(flawOf(chainOf(await leaf({ purposes: [] })))).toBeUndefined();
    expect(flawOf(chainOf(await leaf({ usage: flags.digitalSignature | flags.nonRepudiation })))).toBeUndefined();
    expect(flawOf(chainOf(await leaf({ purposes: ['1.3.6.1.4.1.311.10.3.13'] })))).toBeUndefined();
  });

  const authorities: readonly (readonly [string, Partial<CertificateWish>, RegExp])[] = [
    ['no basic constraints', { isAuthority: false, usage: flags.keyCertSign }, /basic constraints/],
    ['basic constraints that are not critical', { isConstraintCritical: false }, /basic constraints/],
    ['no key usage', { usage: null }, /no critical key usage/],
    ['a key usage that is not critical', { isUsageCritical: false }, /no critical key usage/],
    ['a key usage without keyCertSign', { usage: flags.cRLSign }, /lacks keyCertSign/],
  ];
  it.each(authorities)('is not one with an authority that has %s', async (_, wish, expected) => {
    const middle = await certify({ name: 'Middle', key: 'middle', kind: 'authority', issuer: root, ...wish });
    expect(flawOf(chainOf(await leaf({ issuer: middle })))).toMatch(expected);
  });

  it('is no longer than its authorities allow', async () => {
    const narrow = await certify({ name: 'Narrow', key: 'other', kind: 'authority', pathLength: 0 });
    const middle = await certify({ name: 'Middle', key: 'middle', kind: 'authority', issuer: narrow });
    expect(flawOf(chainOf(await leaf({ issuer: narrow })))).toBeUndefined();
    expect(flawOf(chainOf(await leaf({ issuer: middle })))).toMatch(/allows 0 authorities below it/);
  });

  it('has a timestamp certificate for nothing but timestamps', async () => {
    const wishes: readonly Partial<CertificateWish>[] = [
      { isPurposeCritical: false },
      { purposes: ['1.3.6.1.5.5.7.3.8', '1.3.6.1.5.5.7.3.3'] },
      { purposes: [] },
      { usage: flags.digitalSignature | flags.keyAgreement },
    ];
    for (const wish of wishes) {
      const holder = await leaf({ kind: 'timestamps', ...wish });
      expect(flawOf(chainOf(holder), 'timestamping')).toBeTypeOf('string');
    }
  });
});
