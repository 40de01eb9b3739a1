/** The words of verdicts: what was found, what would have been accepted, and the command that makes it so. */
import { excerpt } from '@pratique/runtime/fault';
import { describeRule } from '@pratique/sigstore';
import type { Accepted, CandidateVerdict, PublicKey, VerifiedSigner } from '@pratique/sigstore';
import type { CosignTrustRoot, RuleOptions } from '../configuration/policy.ts';
import type { CanonicalImage } from '../image/canonical-image.ts';
import type { Finding } from '../verdict.ts';
import type { RootKeys } from './evidence.ts';

/** Findings of one verdict; a log line and a terminal hold no more. */
export const findingLimit = 20;

/** A candidate that holds, by whom, with its log entries. */
export function acceptedFindings(root: string, { proof, format, location }: Accepted): readonly Finding[] {
  const logs = proof.logs.map(({ log, logIndex, time }) => ({
    text: `log entry ${logIndex} of ${excerpt(log)}${time === undefined ? '' : ` at ${time.toISOString()}`}`,
    location,
  }));
  const stamps = proof.times
    .filter(({ source }) => source === 'timestamp-authority')
    .map(({ at }) => ({ text: `signed timestamp ${at.toISOString()}`, location }));
  return [
    { text: `cosign signature (${format}) by trust root ${root}, ${signerInWords(proof.signer)}`, location },
    ...logs,
    ...stamps,
  ];
}

/** A candidate that does not hold, and why. */
export function rejectedFinding(candidate: Extract<CandidateVerdict, { valid: false }>): Finding {
  const { format, kind, signer, rejection, location } = candidate;
  const who = signer === undefined ? '' : ` by ${signerInWords(signer)}`;
  const what = kind === 'unknown' ? 'something' : kind;
  return { text: `${what} (${format})${who}, not valid: ${excerpt(rejection.detail, 400)}`, location };
}

/** `key SHA256:…`, or the names of a certificate. */
export function signerInWords(signer: VerifiedSigner): string {
  if (signer.kind === 'key') return keyInWords(signer.fingerprint);
  const issuer = excerpt(signer.issuer, 200) || 'an unnamed issuer';
  return `${excerpt(signer.subject, 200) || 'nobody'} as ${issuer} vouches`;
}

/** The fingerprint of a key: SHA-256 over its SubjectPublicKeyInfo, as `pratique public-key` prints it. */
export function keyInWords(fingerprint: string): string {
  return `key SHA256:${excerpt(fingerprint, 64)}`;
}

/** A trust root in words. */
export function rootInWords(root: CosignTrustRoot, key: PublicKey | undefined): string {
  if (root.kind === 'keyless') {
    return `trust root ${root.name} (${describeRule(root.subject)}, issuer ${describeRule(root.issuer)})`;
  }
  return `trust root ${root.name} (${key === undefined ? 'a key that is not there' : keyInWords(key.fingerprint)})`;
}

/** What a rule would accept. */
export function wantedSignature(roots: readonly CosignTrustRoot[], keys: RootKeys, options: RuleOptions): string {
  const names = roots.map((root) => rootInWords(root, keyOf(root, keys)));
  const who = names.length === 1 ? names.join('') : `${howMany(names.length, options)} of ${names.join(', ')}`;
  const formats = { auto: '', legacy: ', under the .sig tag', bundle: ', as a bundle' }[options.signatureFormat];
  const annotations = Object.entries(options.annotations).map(([name, value]) => `${name}=${value}`);
  return [
    `a cosign signature by ${who}${formats}`,
    ...(options.verifyInTransparencyLog ? ['with an entry in a trusted transparency log'] : []),
    ...(options.useSignedTimestamps ? ['with a signed timestamp'] : []),
    ...(annotations.length > 0 ? [`with the annotations ${annotations.join(', ')}`] : []),
  ].join(', ');
}

function howMany(count: number, { threshold, required }: RuleOptions): string {
  const named = required.length === 0 ? '' : `, ${required.join(' and ')} among them`;
  if (threshold > 0) return `${threshold}${named}`;
  return required.length === 0 ? `all ${count}` : `all`;
}

/** The key of a trust root, where it is there. */
export function keyOf(root: CosignTrustRoot, keys: RootKeys): PublicKey | undefined {
  const obtained = keys.get(root.name);
  return obtained?.state === 'there' ? obtained.value : undefined;
}

/** What a command of cosign is about. */
export interface CommandTarget {
  readonly image: CanonicalImage;
  readonly digest: string;
  readonly options: RuleOptions;
}

/** How the command that signs has to be called so that the rule is fulfilled. */
export function signCommand(root: CosignTrustRoot, target: CommandTarget): string {
  const annotations = Object.entries(target.options.annotations).map(
    ([name, value]) => `-a ${shellWord(`${name}=${value}`)}`,
  );
  return cosignCommand('sign', root, { ...target, own: annotations });
}

/** How the command that attests has to be called; `FILE` is what is to be said. */
export function attestCommand(
  root: CosignTrustRoot | undefined,
  target: CommandTarget & { readonly type: string },
): string {
  return cosignCommand('attest', root, { ...target, own: [`--type ${shellWord(target.type)}`, '--predicate FILE'] });
}

function cosignCommand(
  verb: string,
  root: CosignTrustRoot | undefined,
  { image, digest, options, own }: CommandTarget & { readonly own: readonly string[] },
): string {
  const words = [
    ...(options.signatureRepository === undefined ? [] : [`COSIGN_REPOSITORY=${options.signatureRepository}`]),
    `cosign ${verb}`,
    ...(root?.kind === 'keyless' ? [] : ['--key cosign.key']),
    ...(options.verifyInTransparencyLog ? [] : ['--tlog-upload=false']),
    ...own,
    `${image.registry}/${image.repository}@${digest}`,
  ];
  return words.join(' ');
}

/** The note about flags that the two generations of cosign do not share. */
export function signCaveat(root: CosignTrustRoot, options: RuleOptions): string {
  const flags = [
    ...(options.signatureFormat === 'legacy' ? ['--new-bundle-format=false'] : []),
    ...(options.signatureFormat === 'legacy' || !options.verifyInTransparencyLog ? ['--use-signing-config=false'] : []),
  ];
  const who =
    root.kind === 'key' ? `cosign.key being the private half of ${root.name}` : `signing in as ${describeSigner(root)}`;
  return flags.length === 0 ? `(${who})` : `(${who}; cosign 3 needs ${flags.join(' ')} as well)`;
}

function describeSigner(root: Extract<CosignTrustRoot, { kind: 'keyless' }>): string {
  return `${describeRule(root.subject)} at ${describeRule(root.issuer)}`;
}

function shellWord(text: string): string {
  return /^[\w.,:/=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
