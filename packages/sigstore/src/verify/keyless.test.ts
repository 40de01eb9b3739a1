import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseBundle } from '../bundle/bundle-parse.ts';
import type { ParsedBundle } from '../bundle/bundle-parse.ts';
import { certificatesFromPem } from './x509.ts';
import type { LogEntry } from '../sign/services.ts';
import { layerAnnotations } from '../simple-signing/layer.ts';
import { noTrust } from '../trust/trust-material.ts';
import type { TrustMaterial } from '../trust/trust-material.ts';
import { bundleCandidate, flipped, judged, keyPolicy, newKey, reasonOf, signedLayer } from './evidence-fixture.ts';
import type { VerificationPolicy } from './policy.ts';
import type { Candidate } from '../evidence.ts';
import type { Verdict } from './verdict.ts';
import { changed, signedWorld } from './world-fixture.ts';
import type { SignedWorld } from './world-fixture.ts';

let world: SignedWorld;

beforeAll(async () => {
  world = await signedWorld();
});

function judge(
  candidate: Candidate,
  more: Partial<VerificationPolicy> = {},
  trust: Partial<TrustMaterial> = {},
): Verdict {
  return judged({ ...world.policy, ...more }, [candidate], { trust: { ...world.trust, ...trust }, now: world.now });
}

describe('a keyless signature', () => {
  it('verifies in every form and says who, when and in which log', () => {
    for (const candidate of [world.layer, bundleCandidate(world.bundle), bundleCandidate(world.bundleV2)]) {
      const verdict = judge(candidate);
      expect(verdict.detail).toContain('is signed');
      expect(verdict.accepted[0]?.proof.signer).toMatchObject({ kind: 'certificate', subject: 'dev@example.com' });
      expect(verdict.accepted[0]?.proof.logs).toHaveLength(1);
      expect(verdict.accepted[0]?.proof.times.length).toBeGreaterThan(0);
    }
  });

  it('tells a promise from a proof', () => {
    expect(judge(bundleCandidate(world.bundle)).accepted[0]?.proof.logs[0]?.by).toEqual(['promise', 'proof']);
    expect(judge(bundleCandidate(world.bundleV2)).accepted[0]?.proof.logs[0]?.by).toEqual(['proof']);
    expect(judge(world.layer).accepted[0]?.proof.logs[0]?.by).toEqual(['promise']);
  });

  it('verifies years later, since others vouched for the time', () => {
    const later = new Date(world.now.getTime() + 5 * 365 * 86_400_000);
    const trust = world.trust;
    expect(judged(world.policy, [bundleCandidate(world.bundle)], { trust, now: later }).outcome).toBe('verified');
    const withoutLog = { ...world.policy, log: 'ignored' } as const;
    const alone = changed(world.bundle, () => ({ logEntries: [], timestamps: [] }));
    expect(reasonOf(judged(withoutLog, [alone], { trust, now: later }))).toBe('certificate-expired');
    expect(judged(withoutLog, [alone], { trust, now: world.now }).outcome).toBe('verified');
  });
});

describe('each piece of evidence is missed by its name', () => {
  it('the log entry', () => {
    expect(reasonOf(judge(bundleCandidate(world.bundleWithoutLog)))).toBe('log-entry-missing');
    expect(judge(bundleCandidate(world.bundleWithoutLog), { log: 'ignored' }).outcome).toBe('verified');
    const { [layerAnnotations.bundle]: _entry, ...annotations } = world.layer.annotations;
    expect(reasonOf(judge({ ...world.layer, annotations }))).toBe('log-entry-missing');
  });

  it('a log that is trusted', () => {
    const logs = world.trust.logs.slice(1);
    expect(reasonOf(judge(bundleCandidate(world.bundle), {}, { logs }))).toBe('log-unknown');
    expect(reasonOf(judge(world.layer, {}, { logs }))).toBe('log-unknown');
    expect(judge(world.layer, {}, { logs: [] }).outcome).toBe('trust-material');
  });

  it('a time: an inclusion proof alone has none', () => {
    const stampless = changed(world.bundleV2, () => ({ timestamps: [] }));
    expect(reasonOf(judge(stampless))).toBe('timestamp-missing');
  });

  it('a timestamp where one is demanded, in both formats', () => {
    const stampless = changed(world.bundle, () => ({ timestamps: [] }));
    expect(judge(stampless).outcome).toBe('verified');
    expect(reasonOf(judge(stampless, { signedTimestamps: 'required' }))).toBe('timestamp-missing');
    const { [layerAnnotations.timestamp]: _stamp, ...annotations } = world.layer.annotations;
    const bare = { ...world.layer, annotations };
    expect(judge(bare).outcome).toBe('verified');
    expect(reasonOf(judge(bare, { signedTimestamps: 'required' }))).toBe('timestamp-missing');
    expect(judge(world.layer, { signedTimestamps: 'required' }).outcome).toBe('verified');
  });

  it('an authority that is trusted, at that time', () => {
    const elsewhere = { certificateAuthorities: world.trust.timestampAuthorities };
    expect(reasonOf(judge(bundleCandidate(world.bundle), {}, elsewhere))).toBe('certificate-untrusted');
    const retired = world.trust.certificateAuthorities.map((authority) => ({
      ...authority,
      validFor: { end: new Date('2020-01-01') },
    }));
    expect(reasonOf(judge(world.layer, {}, { certificateAuthorities: retired }))).toBe('certificate-untrusted');
  });

  it('a certificate log that is trusted', () => {
    const certificateLogs = world.trust.logs.slice(0, 1);
    expect(reasonOf(judge(bundleCandidate(world.bundle), {}, { certificateLogs }))).toBe('sct-invalid');
    const impostors = world.trust.certificateLogs.map((log) => ({ ...log, key: newKey().publicKey }));
    const promised = judge(bundleCandidate(world.bundle), {}, { certificateLogs: impostors });
    expect(promised.detail).toContain('was not signed by');
    expect(judge(bundleCandidate(world.bundle), { certificateLog: 'ignored' }, { certificateLogs: [] }).outcome).toBe(
      'verified',
    );
  });
});

describe('whom a certificate names', () => {
  const rule = (subject: string, issuer = '.*'): Partial<VerificationPolicy> => ({
    signer: {
      kind: 'identity',
      subject: { match: 'pattern', pattern: subject },
      issuer: { match: 'pattern', pattern: issuer },
    },
  });

  it('is compared as a whole text, never as a part of one', () => {
    const { signer } = world.policy;
    if (signer.kind !== 'identity') throw new Error('fixture');
    for (const value of [
      'dev@example',
      'ev@example.com',
      'dev@example.com.evil',
      'DEV@example.com',
      'dev@exampleXcom',
    ]) {
      const policy = { signer: { ...signer, subject: { match: 'exact', value } } } as const;
      expect(reasonOf(judge(bundleCandidate(world.bundle), policy))).toBe('identity-mismatch');
    }
    const policy = { signer: { ...signer, issuer: { match: 'exact', value: 'http://127.0.0.1' } } } as const;
    expect(reasonOf(judge(bundleCandidate(world.bundle), policy))).toBe('issuer-mismatch');
  });

  it('is searched with RE2 patterns, which are not anchored', () => {
    expect(judge(world.layer, rule('example')).outcome).toBe('verified');
    expect(judge(world.layer, rule('^(?i)DEV@EXAMPLE\\.com$')).outcome).toBe('verified');
    expect(reasonOf(judge(world.layer, rule('^example')))).toBe('identity-mismatch');
    expect(reasonOf(judge(world.layer, rule('.', '^https://other')))).toBe('issuer-mismatch');
  });

  it('is refused as a rule where it is empty or no RE2', () => {
    expect(() => judge(world.layer, rule(''))).toThrow(/empty/);
    expect(() => judge(world.layer, rule('(?<=x)y'))).toThrow(/RE2/);
  });

  it('must have the GitHub claims that are demanded', () => {
    const { signer } = world.policy;
    if (signer.kind !== 'identity') throw new Error('fixture');
    const policy = { signer: { ...signer, workflow: { ref: 'refs/heads/main' } } };
    expect(reasonOf(judge(world.layer, policy))).toBe('workflow-mismatch');
    const workflow = {
      kind: 'identity',
      subject: { match: 'exact', value: 'https://github.com/team/app/.github/workflows/build.yml@refs/heads/main' },
      issuer: signer.issuer,
      workflow: { ref: 'refs/heads/main', repository: 'team/app', name: 'build', trigger: 'push', sha: 'a'.repeat(40) },
    } as const;
    const verdict = judge(bundleCandidate(world.workflowBundle), { signer: workflow });
    expect(verdict.accepted[0]?.proof.signer).toMatchObject({ claims: { '.6': 'refs/heads/main', '.5': 'team/app' } });
    const other = { ...workflow, workflow: { ...workflow.workflow, ref: 'refs/heads/mai' } };
    expect(reasonOf(judge(bundleCandidate(world.workflowBundle), { signer: other }))).toBe('workflow-mismatch');
  });
});

describe('a timestamp', () => {
  const wanted = { signedTimestamps: 'required', log: 'ignored' } as const;

  it('is refused for another signature, unread or of nobody known', () => {
    const swapped = changed(world.bundle, () => ({ timestamps: parseBundle(world.bundleV2).timestamps }));
    expect(reasonOf(judge(swapped, wanted))).toBe('timestamp-invalid');
    const junk = changed(world.bundle, () => ({ timestamps: [Buffer.from('junk')] }));
    expect(reasonOf(judge(junk, wanted))).toBe('timestamp-invalid');
    expect(judge(junk).outcome).toBe('verified');
    const strangers = { timestampAuthorities: world.trust.certificateAuthorities };
    expect(reasonOf(judge(bundleCandidate(world.bundle), wanted, strangers))).toBe('timestamp-missing');
  });

  it('counts only while its authority counts', () => {
    const timestampAuthorities = world.trust.timestampAuthorities.map((authority) => ({
      ...authority,
      validFor: { end: new Date('2020-01-01') },
    }));
    expect(reasonOf(judge(bundleCandidate(world.bundle), wanted, { timestampAuthorities }))).toBe('timestamp-invalid');
  });

  it('may be signed by a certificate that is sent along, where only its root is trusted', () => {
    const [authority] = world.trust.timestampAuthorities;
    const timestampAuthorities = [{ ...authority!, chain: authority!.chain.slice(-1) }];
    expect(judge(bundleCandidate(world.bundle), wanted, { timestampAuthorities }).outcome).toBe('verified');
  });
});

describe('a log that is listed twice', () => {
  it('counts in each of its times', () => {
    const [log, ...others] = world.trust.logs;
    const early = { ...log!, validFor: { end: new Date('2020-01-01') } };
    expect(judge(bundleCandidate(world.bundle), {}, { logs: [early, log!, ...others] }).outcome).toBe('verified');
    const [ct] = world.trust.certificateLogs;
    const earlyCt = { ...ct!, validFor: { end: new Date('2020-01-01') } };
    expect(judge(world.layer, {}, { certificateLogs: [earlyCt, ct!] }).outcome).toBe('verified');
    expect(reasonOf(judge(world.layer, {}, { certificateLogs: [earlyCt] }))).toBe('sct-invalid');
  });
});

describe('a certificate that is given', () => {
  it('must have made the signature and lead to a trusted authority', () => {
    const certificate = certificatesFromPem(world.layer.annotations[layerAnnotations.certificate]!)![0]!;
    const chain = certificatesFromPem(world.layer.annotations[layerAnnotations.chain]!)!;
    const signer = { kind: 'certificate', certificate, chain } as const;
    expect(judge(world.layer, { signer }).outcome).toBe('verified');
    expect(reasonOf(judge(bundleCandidate(world.bundle), { signer }))).toBe('material-mismatch');
    expect(reasonOf(judge(signedLayer(newKey()), { signer, log: 'ignored' }))).toBe('signature-invalid');
    const strangers = { certificateAuthorities: world.trust.timestampAuthorities };
    expect(reasonOf(judge(world.layer, { signer }, strangers))).toBe('certificate-untrusted');
  });
});

describe('key and certificate', () => {
  const key = newKey();

  it('are not taken for each other', () => {
    const byKey = keyPolicy(key);
    const trust = world.trust;
    expect(reasonOf(judged(byKey, [bundleCandidate(world.bundle)], { trust }))).toBe('material-mismatch');
    expect(reasonOf(judged(byKey, [world.layer], { trust: noTrust }))).toBe('wrong-key');
    expect(judge(signedLayer(key), { log: 'ignored' }).outcome).toBe('no-certificate');
  });
});

describe('any single bit', () => {
  const bit = fc.nat(1_000_000);

  /** The first change that was accepted all the same; undefined is what is wanted. */
  function accepted(
    candidates: (bit: number) => readonly Candidate[],
    more: Partial<VerificationPolicy> = {},
  ): fc.RunDetails<[number]>['counterexample'] {
    const property = fc.property(bit, (at) =>
      candidates(at).every((candidate) => {
        const verdict = judge(candidate, more);
        return verdict.accepted.length === 0 && verdict.outcome !== 'verified';
      }),
    );
    return fc.check(property, { numRuns: 60 }).counterexample;
  }

  function withEntry(bundle: Uint8Array, change: (entry: LogEntry) => Partial<LogEntry>): Candidate {
    return changed(bundle, ({ logEntries }) => ({
      logEntries: logEntries.map((entry) => ({ ...entry, ...change(entry) })),
    }));
  }

  it('of a promise', () => {
    expect(
      accepted((at) => [
        withEntry(world.bundle, ({ signedEntryTimestamp }) => ({
          signedEntryTimestamp: flipped(signedEntryTimestamp!, at),
        })),
      ]),
    ).toBeNull();
  });

  it('of a proof: hashes, root, position, size, checkpoint', () => {
    expect(
      accepted((at) =>
        [world.bundle, world.bundleV2].flatMap((bundle) => [
          withEntry(bundle, ({ inclusionProof: proof }) => ({
            inclusionProof: { ...proof!, rootHash: flipped(proof!.rootHash, at) },
          })),
          withEntry(bundle, ({ inclusionProof: proof }) => ({
            inclusionProof: { ...proof!, logIndex: proof!.logIndex + 1 + (at % 1000) },
          })),
          withEntry(bundle, ({ inclusionProof: proof }) => ({
            inclusionProof: { ...proof!, treeSize: proof!.treeSize + 1 + (at % 1000) },
          })),
          withEntry(bundle, ({ inclusionProof: proof }) => ({
            inclusionProof: { ...proof!, hashes: [...proof!.hashes, flipped(new Uint8Array(32), at)] },
          })),
          withEntry(bundle, ({ inclusionProof: proof }) => {
            const text = Buffer.from(flipped(Buffer.from(proof!.checkpoint), at));
            return { inclusionProof: { ...proof!, checkpoint: text.toString('latin1') } };
          }),
        ]),
      ),
    ).toBeNull();
  });

  it('of an entry, its index and its time where they are promised', () => {
    expect(
      accepted((at) => [
        withEntry(world.bundle, ({ canonicalizedBody }) => ({ canonicalizedBody: flipped(canonicalizedBody, at) })),
        withEntry(world.bundleV2, ({ canonicalizedBody }) => ({ canonicalizedBody: flipped(canonicalizedBody, at) })),
        withEntry(world.bundle, ({ logIndex }) => ({ logIndex: logIndex + 1 + (at % 99) })),
        withEntry(world.bundle, ({ integratedTime }) => ({ integratedTime: integratedTime! + 1 + (at % 99) })),
      ]),
    ).toBeNull();
  });

  it('of a certificate, with its list of promises', () => {
    const refuse = (bundle: Uint8Array) => (at: number) => [
      changed(bundle, ({ material }: ParsedBundle) => ({
        material: {
          kind: 'certificate',
          der: flipped(material.kind === 'certificate' ? material.certificates[0] : new Uint8Array(), at),
        },
      })),
    ];
    expect(accepted(refuse(world.bundle))).toBeNull();
    expect(accepted(refuse(world.bundleWithoutLog), { log: 'ignored' })).toBeNull();
  });

  it('of envelope and signature', () => {
    expect(
      accepted((at) =>
        [world.bundle, world.bundleV2].flatMap((bundle) => [
          changed(bundle, ({ content }) =>
            contentWith(content, (envelope) => ({ ...envelope, payload: flipped(envelope.payload, at) })),
          ),
          changed(bundle, ({ content }) =>
            contentWith(content, (envelope) => ({ ...envelope, signature: flipped(envelope.signature, at) })),
          ),
        ]),
      ),
    ).toBeNull();
  });

  it('of a timestamp never lets another time or imprint pass', () => {
    const before = judge(bundleCandidate(world.bundleWithoutLog), { log: 'ignored' }).accepted[0]!.proof.times;
    let refused = 0;
    fc.assert(
      fc.property(bit, (at) => {
        const candidate = changed(world.bundleWithoutLog, ({ timestamps }) => ({
          timestamps: timestamps.map((response) => flipped(response, at)),
        }));
        const verdict = judge(candidate, { log: 'ignored', signedTimestamps: 'required' });
        if (verdict.outcome === 'verified') expect(verdict.accepted[0]!.proof.times).toEqual(before);
        else refused += 1;
      }),
      { numRuns: 400 },
    );
    // Versions and certificates sent along are not signed in CMS; nearly everything else is.
    expect(refused).toBeGreaterThan(100);
  });
});

type Content = ParsedBundle['content'];
interface EnvelopeParts {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

function contentWith(
  content: Content,
  change: (envelope: EnvelopeParts) => EnvelopeParts,
): { readonly content: { readonly kind: 'envelope' } & EnvelopeParts } {
  if (content.kind !== 'envelope') throw new TypeError('the world signs envelopes');
  const { payloadType, payload, signatures } = content.envelope;
  return { content: { kind: 'envelope', ...change({ payloadType, payload, signature: signatures[0]!.signature }) } };
}
