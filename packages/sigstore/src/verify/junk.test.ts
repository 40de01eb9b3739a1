import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Candidate, LayerCandidate } from '../evidence.ts';
import { layerAnnotations } from '../simple-signing/layer.ts';
import { judgeAttestations } from './attestation.ts';
import {
  bundleCandidate,
  evidenceOf,
  imageDigest,
  keyPolicy,
  layer,
  newKey,
  noon,
  payloadFor,
  read,
  signedBundle,
  signedLayer,
} from './evidence-fixture.ts';
import { parseTimestamp } from './timestamp-token.ts';
import type { VerificationPolicy } from './policy.ts';
import { judge } from './verify.ts';
import { signedWorld } from './world-fixture.ts';
import type { SignedWorld } from './world-fixture.ts';

const key = newKey();
let world: SignedWorld;
let policies: readonly VerificationPolicy[];
beforeAll(async () => {
  world = await signedWorld();
  policies = [
    world.policy,
    { ...world.policy, signedTimestamps: 'required', log: 'ignored' },
    keyPolicy(key, { log: 'required' }),
    keyPolicy(key, { acceptAnyPredicate: true, checkClaims: false }),
  ];
});

/** The outcomes of a stranger's candidate under every policy, both as signature and as attestation. */
function outcomes(candidate: Candidate): readonly string[] {
  const asked = { evidence: evidenceOf(candidate), digest: imageDigest, trust: world.trust, now: noon };
  return policies.flatMap((policy) => [
    judge({ ...asked, policy }).outcome,
    judgeAttestations({ ...asked, policy }).outcome,
  ]);
}

const verdicts = new Set([
  'no-match',
  'no-signatures',
  'no-attestations',
  'attestations-only',
  'no-certificate',
  'predicate-mismatch',
]);

function allRefused(candidate: Candidate): boolean {
  return outcomes(candidate).every((outcome) => verdicts.has(outcome));
}

/** JSON that has the shape of a JWT, a bundle or an entry in part. */
const junkText = fc.oneof(
  fc.string(),
  fc.json({ maxDepth: 4 }),
  fc.base64String(),
  fc.tuple(fc.base64String(), fc.base64String(), fc.base64String()).map((parts) => parts.join('.')),
);

describe('whatever strangers store', () => {
  it('as a bundle gets a verdict and is never valid', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          junkText.map((text) => Buffer.from(text)),
          fc.uint8Array(),
        ),
        (bytes) => {
          expect(allRefused(bundleCandidate(bytes))).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('as members of a bundle gets a verdict', () => {
    const { bundle } = signedBundle(newKey());
    if (bundle.state !== 'read') throw new Error('fixture');
    const whole = [
      JSON.parse(Buffer.from(world.bundle).toString()) as object,
      JSON.parse(Buffer.from(bundle.bytes).toString()) as object,
    ];
    const places = whole.flatMap((document) => paths(document).map((path) => ({ document, path })));
    fc.assert(
      fc.property(
        fc.constantFrom(...places),
        fc.oneof(junkText, fc.jsonValue(), fc.bigInt().map(String)),
        ({ document, path }, value) => {
          const text = JSON.stringify(replaced(document, path, value));
          const results = outcomes(bundleCandidate(Buffer.from(text)));
          // Members that nothing depends on (a hint, another time outside of the promise) may be anything.
          expect(results.every((outcome) => verdicts.has(outcome) || outcome === 'verified')).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('as annotations of a layer gets a verdict and is never valid', () => {
    const names = Object.values(layerAnnotations);
    const annotations = fc.dictionary(fc.constantFrom(...names), junkText);
    fc.assert(
      fc.property(annotations, fc.uint8Array(), (members, payload) => {
        const plain = layer(payloadFor(), {});
        const strange: LayerCandidate = { ...plain, annotations: members, payload: read(payload) };
        expect(allRefused({ ...plain, annotations: members })).toBe(true);
        expect(allRefused({ ...strange, kind: 'attestation' })).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('as material beside a signature that is right gets a verdict', () => {
    const whole = signedLayer(key);
    const names = [
      layerAnnotations.bundle,
      layerAnnotations.certificate,
      layerAnnotations.chain,
      layerAnnotations.timestamp,
    ];
    fc.assert(
      fc.property(fc.constantFrom(...names), junkText, (name, text) => {
        const candidate = { ...whole, annotations: { ...whole.annotations, [name]: text } };
        expect(outcomes(candidate).every((outcome) => verdicts.has(outcome) || outcome === 'verified')).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('as a payload with any JSON inside gets a verdict', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(['no-match', 'verified']).toContain(
          judge({
            evidence: evidenceOf(signedLayer(key, Buffer.from(text))),
            digest: imageDigest,
            policy: keyPolicy(key),
            trust: world.trust,
            now: noon,
          }).outcome,
        );
      }),
      { numRuns: 150 },
    );
  });

  it('as a timestamp is a token or none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(() => parseTimestamp(bytes)).not.toThrow();
      }),
    );
  });
});

/** Every place in a document, by the names on the way. */
function paths(value: unknown, above: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [above];
  return [above, ...Object.entries(value).flatMap(([name, inner]) => paths(inner, [...above, name]))];
}

function replaced(value: unknown, [name, ...rest]: readonly string[], put: unknown): unknown {
  if (name === undefined) return put;
  if (Array.isArray(value)) return value.map((inner, at) => (String(at) === name ? replaced(inner, rest, put) : inner));
  const members = value as Record<string, unknown>;
  return { ...members, [name]: replaced(members[name], rest, put) };
}
