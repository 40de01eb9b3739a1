/** What each trust root says of one digest, and whether they are enough (COS-1, COS-4 to COS-8, COS-10). */
import { isFault } from '@pratique/runtime/fault';
import type { Fault } from '@pratique/runtime/fault';
import { judge } from '@pratique/sigstore';
import type { Evidence, Verdict } from '@pratique/sigstore';
import type { CosignSettings, CosignTrustRoot, Rule } from '../configuration/policy.ts';
import type { CanonicalImage } from '../image/canonical-image.ts';
import type { Finding } from '../verdict.ts';
import { decide } from './decide.ts';
import type { Decision } from './decide.ts';
import type { CosignBelief, CosignEvidence, RootKeys } from './evidence.ts';
import { signaturePolicy, signerOf } from './root-policy.ts';
import { acceptedFindings, keyOf } from './words.ts';

/** One judgement. */
export interface CosignQuestion {
  readonly evidence: CosignEvidence;
  readonly image: CanonicalImage;
  readonly rule: Rule;
  readonly settings: CosignSettings;
  readonly belief: CosignBelief;
  readonly keys: RootKeys;
  /** Counts only where nothing else says when a signature was made. */
  readonly now: Date;
  /** Platforms the nodes run (`linux/amd64`), where the program knows; all of an index without. */
  readonly nodePlatforms?: readonly string[];
}

/** What one trust root says of one image. */
export type RootResult =
  | { readonly root: CosignTrustRoot; readonly state: 'judged'; readonly verdict: Verdict }
  /** Its key is not there, or the rule asks for something that nothing could fulfil. */
  | { readonly root: CosignTrustRoot; readonly state: 'unusable'; readonly fault: Fault };

/** An image or platform of which signatures were judged. */
export interface Judged {
  readonly digest: string;
  readonly results: readonly RootResult[];
  readonly decision: Decision;
  readonly logFault?: Fault;
}

/** What is attached to one digest. */
export interface Attachments {
  readonly digest: string;
  /** Exact bytes of the manifest, for signatures over plain bytes. */
  readonly content: Uint8Array;
  readonly attached: Evidence;
  readonly logFault?: Fault;
}

/** Asks the trust roots one after the other, until it is certain that they are enough. */
export function judgeRoots(question: CosignQuestion, roots: readonly string[], attachments: Attachments): Judged {
  const { rule, settings } = question;
  const results: RootResult[] = [];
  const holding = new Map<string, ReadonlySet<string>>();
  let decision: Decision = decide(rule.options, roots, holding);
  for (const name of roots) {
    const root = settings.trustRoots.get(name);
    if (root === undefined) continue;
    const result = judgeRoot(question, root, attachments);
    results.push(result);
    if (result.state === 'judged') holding.set(name, signersOf(result.verdict));
    decision = decide(rule.options, roots, holding);
    if (decision.state === 'reached') break;
  }
  const { digest, logFault } = attachments;
  return { digest, results, decision, ...(logFault === undefined ? {} : { logFault }) };
}

function signersOf({ accepted }: Verdict): ReadonlySet<string> {
  return new Set(accepted.map(({ proof }) => proof.signer.fingerprint));
}

function judgeRoot(question: CosignQuestion, root: CosignTrustRoot, attachments: Attachments): RootResult {
  const { keys, rule, belief, now, image } = question;
  const key = keys.get(root.name);
  if (key?.state === 'failed') return { root, state: 'unusable', fault: key.fault };
  const signer = signerOf(root, keyOf(root, keys));
  if (signer === undefined) throw new TypeError(`the key of the trust root ${root.name} was not asked for`);
  try {
    const verdict = judge({
      evidence: signaturesOf(attachments.attached),
      digest: attachments.digest,
      content: attachments.content,
      policy: signaturePolicy(rule.options, signer),
      trust: belief.material,
      repository: `${image.registry}/${image.repository}`,
      now,
    });
    return { root, state: 'judged', verdict };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { root, state: 'unusable', fault: error };
  }
}

/** A tag of attestations that could not be read says nothing about signatures. */
function signaturesOf(attached: Evidence): Evidence {
  return {
    ...attached,
    sources: attached.sources.filter(({ kind }) => kind !== 'attestation-tag'),
    candidates: attached.candidates.filter((one) => one.format === 'bundle' || one.kind === 'signature'),
  };
}

/** What an acceptance is told with. */
export interface Acceptance {
  readonly found: readonly Finding[];
  readonly warnings: readonly string[];
}

/** Findings and warnings of the trust roots that hold. */
export function acceptance({ results }: Judged): Acceptance {
  const verdicts = results.flatMap((one) =>
    one.state === 'judged' && one.verdict.accepted.length > 0 ? [{ ...one.verdict, root: one.root.name }] : [],
  );
  return {
    found: verdicts.flatMap(({ root, accepted }) => accepted.flatMap((one) => acceptedFindings(root, one))),
    warnings: [...new Set(verdicts.flatMap(({ warnings }) => warnings))],
  };
}
