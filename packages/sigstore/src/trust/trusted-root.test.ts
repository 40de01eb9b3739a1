import { startSigstore } from '@pratique/testbed/sigstore';
import type { Sigstore } from '@pratique/testbed/sigstore';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFault } from '@pratique/runtime/fault';
import { keyPolicy, newKey } from '../verify/evidence-fixture.ts';
import { toHex } from '../verify/bytes.ts';
import { vectors } from '../vectors-fixture.ts';
import { trustFromPem } from './pem-roots.ts';
import { countsAt, mergeTrust, noTrust } from './trust-material.ts';
import { missingTrust, trustWarnings } from './trust-problems.ts';
import { parseTrustedRoot } from './trusted-root.ts';

let world: Sigstore;
beforeAll(async () => {
  world = await startSigstore();
});
afterAll(() => world.close());

function parse(document: unknown): ReturnType<typeof parseTrustedRoot> {
  return parseTrustedRoot(Buffer.from(JSON.stringify(document)), 'root.json');
}

function messageOf(document: unknown): string {
  try {
    parse(document);
    return 'accepted';
  } catch (error) {
    if (isFault(error, 'trusted-root-invalid')) return error.message;
    throw error;
  }
}

type Root = Record<string, unknown> & {
  tlogs: Record<string, unknown>[];
  certificateAuthorities: Record<string, unknown>[];
};

function copy(): Root {
  return structuredClone(world.trustedRoot) as Root;
}

describe('a trusted root', () => {
  it('names logs and authorities with their times', () => {
    const trust = parse(world.trustedRoot);
    expect(trust.logs.map(({ baseUrl }) => baseUrl)).toEqual([world.rekorUrl, world.rekorV2Url]);
    expect(trust.certificateAuthorities[0]?.chain).toHaveLength(2);
    expect(trust.timestampAuthorities[0]?.name).toContain('sigstore.test');
    expect(trust.certificateLogs[0]?.validFor.start).toBeInstanceOf(Date);
    expect(trust.logs[0]?.validFor.end).toBeUndefined();
  });

  it.each([
    'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    'application/vnd.dev.sigstore.trustedroot+json;version=0.2',
    'application/vnd.dev.sigstore.trustedroot.v0.2+json',
  ])('is read with the media type %s', (mediaType) => {
    expect(parse({ ...copy(), mediaType }).logs).toHaveLength(2);
  });

  it('is read with names in the style of protobuf, unknown members and null', () => {
    const root = copy();
    const tlogs = root.tlogs.map(({ baseUrl, publicKey, logId }) => {
      const { rawBytes, validFor } = publicKey as { rawBytes: string; validFor: unknown };
      return {
        base_url: baseUrl,
        public_key: { raw_bytes: rawBytes, valid_for: validFor },
        log_id: logId,
        new: 1,
        operator: null,
      };
    });
    expect(parse({ ...root, tlogs }).logs).toEqual(parse(root).logs);
  });

  it('finds the id of a log that gives none', () => {
    const root = copy();
    delete root.tlogs[0]!['logId'];
    expect(toHex(parse(root).logs[0]!.logId)).toBe(toHex(parse(copy()).logs[0]!.logId));
  });

  it('keeps the days of a log to both ends, with fractions and offsets', () => {
    const root = copy();
    const key = root.tlogs[0]!['publicKey'] as Record<string, unknown>;
    key['validFor'] = { start: '2021-01-12T11:53:27.123456Z', end: '2022-01-12T12:53:27+01:00' };
    const { validFor } = parse(root).logs[0]!;
    expect(validFor.start?.toISOString()).toBe('2021-01-12T11:53:27.123Z');
    expect(countsAt(validFor, new Date('2022-01-12T11:53:27Z'))).toBe(true);
    expect(countsAt(validFor, new Date('2022-01-12T11:53:28Z'))).toBe(false);
  });

  it('is refused naming the place that is wrong', () => {
    const root = copy();
    expect(messageOf({ ...root, mediaType: 'text/plain' })).toContain('mediaType');
    expect(messageOf({ ...root, tlogs: [{ publicKey: { rawBytes: '!' } }] })).toContain('tlogs[0].publicKey.rawBytes');
    expect(messageOf({ ...root, tlogs: [{ publicKey: { rawBytes: 'AAAA' } }] })).toContain('no public key');
    expect(messageOf({ ...root, tlogs: [{}] })).toContain('tlogs.0');
    const authority = { ...root.certificateAuthorities[0], certChain: { certificates: [{ rawBytes: 'AAAA' }] } };
    expect(messageOf({ ...root, certificateAuthorities: [authority] })).toContain(
      'certificateAuthorities[0].certChain.certificates[0].rawBytes',
    );
    const days = { ...root.certificateAuthorities[0], validFor: { start: 'yesterday' } };
    expect(messageOf({ ...root, certificateAuthorities: [days] })).toContain('yesterday');
    expect(messageOf({ ...root, tlogs: Array(65).fill(root.tlogs[0]) })).toContain('tlogs');
    expect(messageOf([])).not.toBe('accepted');
  });

  it('is refused where it is no JSON, names a member twice or is too large', () => {
    for (const text of ['', '{', `{"mediaType":"a","mediaType":"b"}`, ' '.repeat(5_000_000)]) {
      expect(() => parseTrustedRoot(Buffer.from(text), 'root.json')).toThrow(/trusted root root\.json/);
    }
  });

  it('is a root or a fault for any change, never another error', () => {
    const bytes = Buffer.from(JSON.stringify(world.trustedRoot));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const changed = Buffer.from(bytes);
        changed[at] = value;
        try {
          parseTrustedRoot(changed, 'root.json');
        } catch (error) {
          expect(isFault(error, 'trusted-root-invalid')).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(messageOf(value)).not.toBe('accepted');
      }),
    );
  });
});

describe('trust as PEM', () => {
  it('is as good as the document', () => {
    const { pem } = world;
    const trust = trustFromPem(
      {
        certificateAuthorities: pem.fulcioRoots,
        logKeys: pem.rekorKey,
        certificateLogKeys: pem.ctLogKey,
        timestampAuthorities: pem.tsaChain,
      },
      'variables',
    );
    const document = parse(world.trustedRoot);
    expect(toHex(trust.logs[0]!.logId)).toBe(toHex(document.logs[0]!.logId));
    expect(toHex(trust.certificateLogs[0]!.logId)).toBe(toHex(document.certificateLogs[0]!.logId));
    const names = (chain: readonly { readonly fingerprint: string }[]) => chain.map(({ fingerprint }) => fingerprint);
    expect(names(trust.certificateAuthorities[0]!.chain)).toEqual(names(document.certificateAuthorities[0]!.chain));
    expect(names(trust.timestampAuthorities[0]!.chain)).toEqual(names(document.timestampAuthorities[0]!.chain));
  });

  it('is refused where a text holds nothing of its kind', () => {
    for (const roots of [
      { logKeys: '' },
      { certificateAuthorities: vectors.rekor.publicPem },
      { logKeys: world.pem.tsaChain },
    ]) {
      expect(() => trustFromPem(roots, 'variables')).toThrow(/variables/);
    }
  });

  it('is added up', () => {
    const first = trustFromPem({ logKeys: world.pem.rekorKey }, 'one');
    const second = trustFromPem({ logKeys: vectors.rekor.publicPem }, 'two');
    expect(mergeTrust(first, second)).toMatchObject({ origin: 'one and two', logs: [{}, {}] });
    expect(mergeTrust()).toEqual({ ...noTrust });
  });
});

describe('what trust lacks', () => {
  const identity = {
    signer: {
      kind: 'identity',
      subject: { match: 'exact', value: 'a' },
      issuer: { match: 'exact', value: 'b' },
    },
  } as const;

  it('is named with the way to get it', () => {
    const full = parse(world.trustedRoot);
    expect(missingTrust(identity, full)).toBeUndefined();
    expect(missingTrust(identity, { ...full, certificateAuthorities: [] })?.hint).toContain('SIGSTORE_ROOT_FILE');
    expect(missingTrust(identity, { ...full, logs: [] })?.hint).toContain('--insecure-ignore-tlog');
    expect(missingTrust(identity, { ...full, certificateLogs: [] })?.hint).toContain('--insecure-ignore-sct');
    const stamped = { ...identity, signedTimestamps: 'required' } as const;
    expect(missingTrust(stamped, { ...full, timestampAuthorities: [] })?.hint).toContain(
      'SIGSTORE_TSA_CERTIFICATE_FILE',
    );
    expect(missingTrust(keyPolicy(newKey()), noTrust)).toBeUndefined();
  });

  it('is warned of when nothing of a kind counts any more', () => {
    const full = parse(world.trustedRoot);
    expect(trustWarnings(full, new Date())).toEqual([]);
    const ended = { ...full, logs: full.logs.map((log) => ({ ...log, validFor: { end: new Date('2020-01-01') } })) };
    expect(trustWarnings(ended, new Date())).toEqual([expect.stringContaining('trust update')]);
    const one = { ...full, logs: [ended.logs[0]!, full.logs[1]!] };
    expect(trustWarnings(one, new Date())).toEqual([]);
  });
});
