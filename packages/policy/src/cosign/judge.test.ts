import fc from 'fast-check';
import type { Candidate } from '@pratique/sigstore';
import { noTrust } from '@pratique/sigstore';
import { beforeAll, describe, expect, it } from 'vitest';
import { attest, image, keyRoot, noon, pushedIndex, rule, settings, sign, testKey } from './cosign-fixture.ts';
import { collectCosign, collectPlatforms } from './collect.ts';
import { cosignLimits } from './evidence.ts';
import type { CosignEvidence } from './evidence.ts';
import { judgeCosign } from './judge.ts';
import type { CosignQuestion } from './judge-roots.ts';

const roots = ['default', 'second'].map((name) => keyRoot(name));
const options = { attestations: [{ predicateType: 'https://example.com/t', trustRoot: 'default', conditions: [] }] };
let question: CosignQuestion;

beforeAll(async () => {
  const { store, children } = await pushedIndex();
  await sign(store, testKey('default'));
  await sign(store, testKey('second'), { target: children[0]! });
  await attest(store, testKey('default'), { uri: 'https://example.com/t', value: {} });
  const places = { store, attachments: store, limits: cosignLimits, signal: new AbortController().signal };
  const asked = rule(options);
  const evidence = await collectCosign(places, image(), asked.options);
  if (evidence.image.state !== 'found') throw new TypeError('the image was pushed');
  const platforms = await collectPlatforms(places, evidence.image.manifest, { most: 8, options: asked.options });
  const keys = new Map(
    ['default', 'second'].map((name) => [name, { state: 'there', value: testKey(name).publicKey }] as const),
  );
  question = {
    ...{
      evidence: { ...evidence, platforms },
      image: image(),
      rule: asked,
      settings: settings(roots),
      keys,
      now: noon,
    },
    belief: { material: noTrust, lacking: [] },
  };
});

/** Bytes of one candidate turned in one bit. */
function damaged(evidence: CosignEvidence, which: number, bit: number): CosignEvidence {
  const { attached } = evidence;
  if (attached === undefined) throw new TypeError('the image has attachments');
  const at = which % attached.candidates.length;
  const turn = (candidate: Candidate): Candidate => {
    const content = candidate.format === 'legacy' ? candidate.payload : candidate.bundle;
    if (content.state !== 'read') return candidate;
    const bytes = Uint8Array.from(content.bytes);
    const place = Math.floor(bit / 8) % bytes.length;
    bytes[place] = bytes[place]! ^ (1 << (bit % 8));
    const changed = { state: 'read', bytes } as const;
    return candidate.format === 'legacy' ? { ...candidate, payload: changed } : { ...candidate, bundle: changed };
  };
  const candidates = attached.candidates.map((candidate, index) => (index === at ? turn(candidate) : candidate));
  return { ...evidence, attached: { ...attached, candidates } };
}

describe('judging what was read', () => {
  it('COS-10 says the same again of the same evidence, without anybody being asked', () => {
    const first = judgeCosign(question);
    expect(first).toMatchObject({ outcome: 'accepted' });
    expect(judgeCosign(structuredCloneOfEvidence(question))).toEqual(first);
  });

  it('VAL-3 accepts nothing else, and never throws, when any bit of anything that was read is turned', () => {
    const bundles = question.evidence.attached!.candidates;
    fc.assert(
      fc.property(fc.nat(bundles.length - 1), fc.nat(40_000), (which, bit) => {
        const answer = judgeCosign({ ...question, evidence: damaged(question.evidence, which, bit) });
        if (answer.outcome === 'accepted') expect(answer.digest).toBe(question.evidence.attached?.digest);
        else expect(answer.nextStep).not.toBe('');
      }),
      { numRuns: 60 },
    );
  });

  it('VAL-3 never throws for annotations of any kind', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(
            'dev.cosignproject.cosign/signature',
            'dev.sigstore.cosign/bundle',
            'dev.sigstore.cosign/certificate',
            'dev.sigstore.cosign/rfc3161timestamp',
          ),
          fc.string(),
        ),
        (annotations) => {
          const { evidence } = question;
          const candidates = evidence
            .attached!.candidates.filter(({ format }) => format === 'legacy')
            .map((candidate) => ({ ...candidate, annotations }) as Candidate);
          const answer = judgeCosign({
            ...question,
            evidence: { ...evidence, attached: { ...evidence.attached!, candidates } },
          });
          expect(answer.outcome).toBe('refused');
        },
      ),
      { numRuns: 40 },
    );
  });

  it('COS-11 takes an entry that calls itself an attestation for an image all the same', () => {
    const { evidence } = question;
    if (evidence.image.state !== 'found') throw new TypeError('the image was pushed');
    const { manifest } = evidence.image;
    const index = JSON.parse(Buffer.from(manifest.bytes).toString()) as {
      manifests: { annotations?: Record<string, string> }[];
    };
    index.manifests[1]!.annotations = { 'vnd.docker.reference.type': 'attestation-manifest' };
    const bytes = Buffer.from(JSON.stringify(index));
    const disguised = { ...evidence, image: { state: 'found', manifest: { ...manifest, bytes } } } as const;
    const asked = rule({ trustRoot: 'second', platformSignatures: 'all' });
    expect(judgeCosign({ ...question, evidence: disguised, rule: asked })).toMatchObject({ outcome: 'refused' });
  });
});

function structuredCloneOfEvidence(asked: CosignQuestion): CosignQuestion {
  return { ...asked, evidence: structuredClone(asked.evidence) };
}
