import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFault } from '@pratique/runtime/fault';
import { bundleOf, mergeBundles, parseBundle, sameBundle, stillValid } from './bundle.ts';
import { day, makePair, noon } from './certificates-fixture.ts';

describe('a bundle of authorities', () => {
  it('holds each authority once, whatever stands around it', async () => {
    const { authority: one } = await makePair('one');
    const { authority: two } = await makePair('two');
    const crlf = two.certificate.replaceAll('\n', '\r\n');
    const bundle = parseBundle(`subject=x\n${one.certificate}${crlf}# twice\n${one.certificate}`, 'ca.crt');
    expect(bundle.certificates).toHaveLength(2);
    expect(bundle.pem).toBe(one.certificate + two.certificate);
    expect(bundle.fingerprints.every((fingerprint) => /^[0-9a-f]{64}$/.test(fingerprint))).toBe(true);
  });

  it('is the same in another order, and not the same with one more', async () => {
    const [one, two] = await Promise.all(['one', 'two'].map(async (seed) => (await makePair(seed)).authority));
    const first = parseBundle(one?.certificate ?? '', 'one');
    const second = parseBundle(two?.certificate ?? '', 'two');
    expect(sameBundle(mergeBundles(first, second), mergeBundles(second, first))).toBe(true);
    expect(sameBundle(mergeBundles(first, second, first), first)).toBe(false);
    expect(mergeBundles(first, second).fingerprints).toEqual([...first.fingerprints, ...second.fingerprints]);
  });

  it('is never empty: a caller would trust the authorities of its system', () => {
    expect(() => parseBundle('', 'caBundle')).toThrow(/caBundle holds no certificate/);
    expect(() => parseBundle('hello', 'caBundle')).toThrow(/holds no certificate/);
    expect(() => bundleOf([], 'caBundle')).toThrow(/holds no certificate/);
  });

  it('takes no leaf: it vouches for nothing', async () => {
    const { pair } = await makePair('leaf');
    expect(() => parseBundle(pair.certificate, 'ca.crt')).toThrow(/CN=connaisseur-svc.*is not an authority/);
  });

  it('knows which authorities are over', async () => {
    const { authority } = await makePair('over');
    const bundle = parseBundle(authority.certificate, 'ca.crt');
    expect(stillValid(bundle, noon)).toHaveLength(1);
    expect(stillValid(bundle, noon + 3650 * day)).toHaveLength(0);
  });

  it('is read from anything without another end than a bundle or a fault', async () => {
    const { authority } = await makePair('fuzz');
    const pem = authority.certificate;
    const pieces = fc.oneof(
      fc.string(),
      fc.constantFrom(pem, pem.slice(0, 99), pem.slice(40), '-----BEGIN CERTIFICATE-----'),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 5 }), (parts) => {
        try {
          expect(parseBundle(parts.join('\n'), 'x').certificates.length).toBeGreaterThan(0);
        } catch (error) {
          expect(isFault(error)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});
