/**
 * Why a verification failed, beyond what the evidence says: looked for only after the fact, in what is beside the image. Nothing
 * here changes an outcome, and what cannot be read here is no new failure.
 */
import { childrenOf, parseManifest } from '@pratique/oci';
import type { ContentStore, StoredManifest } from '@pratique/oci';
import { isFault } from '@pratique/runtime/fault';
import type { EvidenceSource } from '../attachment/collect.ts';
import type { Evidence } from '../evidence.ts';
import { judgeAttestations } from './attestation.ts';
import { collectFor } from './image-question.ts';
import type { ImageQuestion } from './image-question.ts';
import type { Hint, Outcome, Verdict } from './verdict.ts';
import { judge } from './verify.ts';

/** A failure to be looked into. */
export interface Diagnosis {
  readonly verdict: Verdict;
  readonly question: ImageQuestion;
  readonly image: StoredManifest;
  /** What judging has already looked at. */
  readonly sources: readonly EvidenceSource[];
}

// Digests with signatures of the same repository that are tried; each costs a few requests after a failure.
const triedDigests = 12;
const triedChildren = 8;
const triedTags = 20;

/** Failures about what is stored; a registry that is away or trust that lacks explains itself. */
const explainable: ReadonlySet<Outcome> = new Set([
  'no-signatures',
  'no-attestations',
  'attestations-only',
  'no-match',
  'no-certificate',
]);

/** Likely causes, the most telling first; empty where nothing was found. */
export async function diagnose(diagnosis: Diagnosis): Promise<readonly Hint[]> {
  if (!explainable.has(diagnosis.verdict.outcome)) return [];
  const looks = [otherGeneration, signedElsewhere, onlyAttested];
  const found = await Promise.all(looks.map((look) => quietly(look, diagnosis)));
  return [...found.flat(), ...materialHints(diagnosis)];
}

type Look = (diagnosis: Diagnosis) => Promise<readonly Hint[]>;

async function quietly(look: Look, diagnosis: Diagnosis): Promise<readonly Hint[]> {
  try {
    return await look(diagnosis);
  } catch (error) {
    if (isFault(error)) return [];
    throw error;
  }
}

/** A valid signature in the format that was not asked for: the commonest cause of "works here, fails in the cluster". */
async function otherGeneration({ question, image, sources }: Diagnosis): Promise<readonly Hint[]> {
  const { formats = 'auto' } = question.policy;
  if (formats === 'auto') return [];
  const other =
    formats === 'legacy' ? 'referrers' : sources.includes('attestation-tag') ? 'attestation-tag' : 'signature-tag';
  const evidence = await collectFor(question, image.descriptor.digest, [other]);
  if (!isValid(question, evidence)) return [];
  return formats === 'legacy'
    ? [
        {
          code: 'bundle-not-read',
          text: 'A valid signature is there in the bundle format (the default of cosign 3 and later); only .sig tags were read.',
          nextStep:
            'Sign again with --format both (or with cosign: --new-bundle-format=false --use-signing-config=false), or read both formats.',
        },
      ]
    : [
        {
          code: 'tag-format-not-read',
          text: 'A valid signature is there under the .sig tag (the format of cosign 1 and 2); only bundles were read.',
          nextStep: 'Sign again with --format both, or read both formats.',
        },
      ];
}

/** A signature that would do, for another digest of the same repository. */
async function signedElsewhere(diagnosis: Diagnosis): Promise<readonly Hint[]> {
  const { question, image } = diagnosis;
  const { digest } = image.descriptor;
  const store = question.attachments ?? question.store;
  const children = childDigests(image).slice(0, triedChildren);
  const signedChild = await firstValid(question, children);
  if (signedChild !== undefined) return [platformSigned(signedChild)];
  const tags = await store.tags(waiting(question));
  const others = signedDigests(tags).filter((other) => other !== digest);
  const found = await firstValid(question, others.slice(-triedDigests));
  if (found === undefined) return [];
  if (await lists(question.store, found, digest)) return [indexSigned(found)];
  const tag = await tagOf(question, found);
  return [tag === undefined ? movedTag(found, question) : otherImageSigned(found, tag, question)];
}

/** A tag that people gave the digest and that still points at it: then no tag has moved away from it. */
async function tagOf({ store, signal }: ImageQuestion, digest: string): Promise<string | undefined> {
  const given = (await store.tags(waiting({ ...(signal && { signal }) }))).filter(
    (tag) => signedDigests([tag]).length === 0,
  );
  for (const tag of given.slice(-triedTags)) {
    if ((await store.resolve(tag, waiting({ ...(signal && { signal }) })))?.digest === digest) return tag;
  }
  return undefined;
}

/** Digests that have a `.sig` tag or a list of referrers under their tag. */
function signedDigests(tags: readonly string[]): readonly string[] {
  const found = tags.map((tag) => /(?:^|[^0-9a-f])sha256-([0-9a-f]{64})(?:\.sig)?$/.exec(tag)?.[1]);
  return [...new Set(found.filter((hex) => hex !== undefined))].map((hex) => `sha256:${hex}`);
}

async function firstValid(question: ImageQuestion, digests: readonly string[]): Promise<string | undefined> {
  for (const digest of digests) {
    const evidence = await collectFor(question, digest, ['signature-tag', 'referrers']);
    if (isValid(question, evidence)) return digest;
  }
  return undefined;
}

function isValid({ policy, trust, now }: ImageQuestion, evidence: Evidence): boolean {
  const anyFormat = { ...policy, formats: 'auto' } as const;
  return judge({ evidence, digest: evidence.digest, policy: anyFormat, trust, now }).outcome === 'verified';
}

function childDigests({ bytes, descriptor }: StoredManifest): readonly string[] {
  const manifest = parseManifest(bytes, { mediaType: descriptor.mediaType, what: descriptor.digest });
  return manifest.kind === 'index' ? childrenOf(manifest).manifests.map(({ digest }) => digest) : [];
}

/** Whether the digest is an index that lists the other one. */
async function lists(store: ContentStore, index: string, digest: string): Promise<boolean> {
  const stored = await store.manifest(index);
  return stored !== undefined && childDigests(stored).includes(digest);
}

/** Attestations under a tag that judging of signatures does not look at. */
async function onlyAttested({ question, image, verdict, sources }: Diagnosis): Promise<readonly Hint[]> {
  if (verdict.outcome !== 'no-signatures' || sources.includes('attestation-tag')) return [];
  const evidence = await collectFor(question, image.descriptor.digest, ['attestation-tag']);
  if (evidence.candidates.length === 0) return [];
  const { policy, trust, now } = question;
  const valid = judgeAttestations({ evidence, digest: evidence.digest, policy, trust, now }).accepted.length;
  return [
    {
      code: 'only-attested',
      text: `The image has ${evidence.candidates.length} attestation(s), ${valid} of them valid, and no signature.`,
      nextStep: 'Sign the image with `sign` as well; an attestation does not approve an image.',
    },
  ];
}

/** What the rejections together mean, where one of them alone does not say it. */
function materialHints({ verdict, question }: Diagnosis): readonly Hint[] {
  const reasons = new Set(verdict.candidates.flatMap((one) => (one.valid ? [] : [one.rejection.reason])));
  const hints: Hint[] = [];
  if (reasons.size === 1 && reasons.has('log-entry-missing')) {
    hints.push({
      code: 'log-not-used',
      text: 'Everything that was found was signed without a transparency log, and the policy demands one.',
      nextStep: 'Verify with --insecure-ignore-tlog if your signers use no log, or sign with one.',
    });
  }
  if (reasons.has('wrong-key') && question.policy.signer.kind !== 'identity') {
    const named = verdict.candidates.flatMap((one) =>
      one.valid || one.signer === undefined ? [] : [one.signer.fingerprint],
    );
    hints.push({
      code: 'other-key',
      text: `Signed with key ${[...new Set(named)].join(', ')}, which is not the one given.`,
      nextStep: 'Print the fingerprint of your key with `public-key` and ask the signer which key was used.',
    });
  }
  return hints;
}

function platformSigned(digest: string): Hint {
  return {
    code: 'platform-signed',
    text: `The image for one platform is signed (${digest}); the index that lists it is not.`,
    nextStep: 'Sign the index with --recursive, or verify the digest of the platform.',
  };
}

function indexSigned(digest: string): Hint {
  return {
    code: 'index-signed',
    text: `The index that lists this image is signed (${digest}); the image for this platform is not.`,
    nextStep: 'Verify the index, or sign it with --recursive so that each platform has its own signature.',
  };
}

function otherImageSigned(digest: string, tag: string, { reference }: ImageQuestion): Hint {
  return {
    code: 'signed-under-other-digest',
    text: `${asked(reference)} was not signed; what is signed in this repository is the tag ${tag} (${digest}).`,
    nextStep: 'Sign this image as well, by its digest, right after the push; or deploy the one that is signed.',
  };
}

function movedTag(digest: string, { reference }: ImageQuestion): Hint {
  return {
    code: 'signed-under-other-digest',
    text: `${asked(reference)} is not what was signed: a valid signature of this repository is for ${digest}. The tag has moved, or another build was signed.`,
    nextStep:
      'Sign the digest that is deployed, or deploy the one that is signed; sign by digest right after the push.',
  };
}

/** How the question named the image, at the beginning of a sentence. */
function asked({ tag, digest }: ImageQuestion['reference']): string {
  return tag === undefined || digest !== undefined ? 'This digest' : `The tag ${tag}`;
}

function waiting({ signal }: Pick<ImageQuestion, 'signal'>): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
