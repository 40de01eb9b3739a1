/** What a person reads: Connaisseur's fragments (Appendix B) with cause and next step. */
import type { Fault } from '@pratique/runtime/fault';
import type { NotationSettings } from '../configuration/policy.ts';
import type { CanonicalImage } from '../image/canonical-image.ts';
import type { Finding, RefusalClass, ValidatorAnswer } from '../verdict.ts';
import { passingClasses } from '../verdict.ts';
import { refusal } from '../validators/failed-answer.ts';
import { nameOf } from './certificate-chain.ts';
import type { ExaminedSignature, Problem } from './examine.ts';
import type { NotationQuestion } from './judge-notation.ts';
import { judgedSignatures } from './limits.ts';
import { faultClass } from './registry-refusal.ts';
import type { NotationTrust } from './trust.ts';

/** The image is accepted; what the level only wants told becomes a warning. */
export function accept(question: NotationQuestion, by: ExaminedSignature, found: readonly Finding[]): ValidatorAnswer {
  const { evidence, rule } = question;
  const level = rule.options.verificationLevel;
  const warnings = by.tolerated.map(
    ({ check, detail }) => `notation: accepted by verification level ${level} although ${check} failed: ${detail}`,
  );
  return { outcome: 'accepted', digest: evidence.image.digest, found, warnings };
}

/** None is there. */
export function noSignature({ evidence, rule }: NotationQuestion, trust: NotationTrust): ValidatorAnswer {
  const name = `${evidence.repository}@${evidence.image.digest}`;
  return refusal('no_signature', {
    detail: `failed to verify image: no signature is associated with “${name}” (looked at ${evidence.looked.join('; ')})`,
    wanted: wantedSignature(trust),
    nextStep: `Sign the image: ${signCommand(name, trust, rule.options.verifyTimestamp)}`,
  });
}

/** All fail. The class is that of the failure that may pass, or of the signature that came furthest. */
export function refuseAll(
  { evidence, settings, rule }: NotationQuestion,
  trust: NotationTrust,
  { signatures, found }: { readonly signatures: readonly ExaminedSignature[]; readonly found: readonly Finding[] },
): ValidatorAnswer {
  const name = `${evidence.repository}@${evidence.image.digest}`;
  const causes = signatures.flatMap(({ digest, refusedBy }) =>
    refusedBy === undefined ? [] : [`failed to verify signature with digest ${digest}: ${refusedBy.detail}`],
  );
  const cut = evidence.isCut ? `; there are more, only ${judgedSignatures} are evaluated` : '';
  const decisive = decisiveOf(signatures);
  const place = { name, trust, settings, option: rule.options.verifyTimestamp };
  return {
    ...refusal(decisive.class, {
      detail: `failed to verify image: ${causes.join('; ')}${cut}`,
      wanted: wantedSignature(trust),
      nextStep: nextStepFor(decisive, signatures, place),
    }),
    found,
  };
}

/** The rule names a trust root that cannot be used. */
export function configurationAnswer(settings: NotationSettings, because: string): ValidatorAnswer {
  return refusal('config', {
    detail: `failed to set up trust policy: failed to get trust roots: ${because}`,
    wanted: `a trust root of validator ${settings.name}: ${[...settings.trustRoots.keys()].join(', ')}`,
    nextStep: 'Correct with.trustRoot of the rule, or the trustRoots of the validator.',
  });
}

/** The registry says there is no such image. */
export function noImage(image: CanonicalImage): ValidatorAnswer {
  const resolving = image.digest === undefined ? 'failed to resolve image tag: ' : 'failed to verify image: ';
  return refusal('image_not_found', {
    detail: `${resolving}${image.name} does not exist`,
    wanted: 'an image that is in its registry',
    nextStep:
      'Check name, tag and registry; if the registry hides private repositories, give the validator credentials (auth).',
  });
}

/** The registry could not be read. */
export function unreadable(image: CanonicalImage, at: 'image' | 'signatures', fault: Fault): ValidatorAnswer {
  const resolving =
    at === 'image' && image.digest === undefined ? 'failed to resolve image tag' : 'failed to verify image';
  return refusal(faultClass(fault), {
    detail: `${resolving}: ${fault.message}`,
    wanted: 'an answer of the registry about the image and its signatures',
    nextStep: fault.hint,
  });
}

/** A failure that may pass decides, so that nothing about it is kept; then the one that was closest to holding. */
function decisiveOf(signatures: readonly ExaminedSignature[]): Problem {
  const problems = signatures.flatMap(({ refusedBy }) => (refusedBy === undefined ? [] : [refusedBy]));
  const order: readonly RefusalClass[] = ['timestamp', 'wrong_digest', 'wrong_key'];
  const rank = (problem: Problem): number =>
    (passingClasses as ReadonlySet<RefusalClass>).has(problem.class) ? -1 : order.indexOf(problem.class);
  return problems.toSorted((one, other) => rank(one) - rank(other))[0]!;
}

function wantedSignature({ names, certificates, timestampCertificates }: NotationTrust): string {
  const roots = certificates.map(nameOf).join(', ');
  const authorities = timestampCertificates?.map(nameOf).join(', ');
  const time = authorities === undefined ? '' : `, with a timestamp by an authority of ${authorities}`;
  return `a notation signature whose certificate chain has a certificate of trust root ${names.join(', ')}: ${roots}${time}`;
}

interface Place {
  readonly name: string;
  readonly trust: NotationTrust;
  readonly settings: NotationSettings;
  readonly option: 'always' | 'afterCertExpiry';
}

function nextStepFor(decisive: Problem, signatures: readonly ExaminedSignature[], place: Place): string {
  const command = signCommand(place.name, place.trust, place.option);
  if ((passingClasses as ReadonlySet<RefusalClass>).has(decisive.class))
    return 'Try again; if it stays, check that the gate reaches the registry and the OCSP and CRL addresses of the certificates (proxy, firewall).';
  if (decisive.class === 'timestamp') return `Sign the image again: ${command}`;
  if (decisive.class === 'wrong_digest') return `Sign this image, not the one before it: ${command}`;
  if (decisive.check === 'revocation') return `Sign the image with a key that was not revoked: ${command}`;
  const root = signatures.find(({ refusedBy }) => refusedBy?.check === 'authenticity')?.envelope?.chain.at(-1);
  if (root === undefined) return `Sign the image again: ${command}`;
  return `Sign the image with a key of the trusted certificate: ${command} — or, if you trust ${nameOf(root)}, add it to trustRoots of validator ${place.settings.name}`;
}

function signCommand(name: string, trust: NotationTrust, option: Place['option']): string {
  const isStamped = trust.timestampCertificates !== undefined && option === 'always';
  const stamp = isStamped ? ' --timestamp-url <address of the authority> --timestamp-root-cert <tsCert file>' : '';
  return `notation sign --key <key>${stamp} ${name}`;
}
