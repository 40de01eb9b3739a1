/** Everything about a signature that can be said without asking anybody, in the order of notation: the first enforced failure ends it. */
import type { Descriptor } from '@pratique/oci';
import type { Certificate } from '@pratique/sigstore';
import type { Rule } from '../configuration/policy.ts';
import type { RefusalClass } from '../verdict.ts';
import { nameOf } from './certificate-chain.ts';
import type { Envelope } from './envelope.ts';
import type { StoredSignature } from './evidence.ts';
import { checkIntegrity } from './integrity.ts';
import { isEnforced } from './levels.ts';
import type { Check } from './levels.ts';
import { faultClass } from './registry-refusal.ts';
import { differenceFrom } from './target.ts';
import { proveTime } from './timestamp.ts';
import type { NotationTrust } from './trust.ts';

/** A check that failed. */
export interface Problem {
  readonly check: Check;
  readonly class: RefusalClass;
  /** Words without a full stop. */
  readonly detail: string;
}

/** One signature as far as it could be judged. */
export interface ExaminedSignature {
  /** `sha256:…` of its manifest. */
  readonly digest: string;
  readonly envelope?: Envelope;
  /** It leads to a certificate of the trust store. */
  readonly isTrusted: boolean;
  /** The failure that ended it. */
  readonly refusedBy?: Problem;
  /** Failures that the level only wants told. */
  readonly tolerated: readonly Problem[];
  /** Chains whose revocation has to be asked, each with the check it belongs to. */
  readonly toAsk: readonly { readonly check: Check; readonly chain: readonly Certificate[] }[];
}

/** What a signature is examined for. */
export interface Examination {
  readonly image: Descriptor;
  readonly trust: NotationTrust;
  readonly options: Pick<Rule['options'], 'verificationLevel' | 'verifyTimestamp'>;
  readonly now: Date;
}

/** Examines a signature. Never throws. */
export function examineSignature(stored: StoredSignature, examination: Examination): ExaminedSignature {
  const { digest, content } = stored;
  const refused = (detail: string, as: RefusalClass): ExaminedSignature => ({
    ...{ digest, isTrusted: false, tolerated: [], toAsk: [] },
    refusedBy: { check: 'integrity', class: as, detail },
  });
  if (content.state === 'failed') return refused(content.fault.message, faultClass(content.fault));
  if (content.state === 'bad') return refused(content.because, 'wrong_key');
  const intact = checkIntegrity(content.mediaType, content.bytes);
  if (!intact.ok) return refused(intact.flaw, 'wrong_key');
  const { envelope, target } = intact.value;
  const isTrusted = leadsToTrust(envelope, examination.trust);
  const checks = [
    () => (isTrusted ? [] : [untrusted(envelope, examination.trust)]),
    () => targetProblems(differenceFrom(target, examination.image)),
    () => expiryProblems(envelope, examination.now),
  ];
  const seen: Problem[] = [];
  const { verificationLevel } = examination.options;
  for (const check of checks) {
    const problems = check();
    const refusedBy = problems.find((problem) => isEnforced(problem.check, verificationLevel));
    if (refusedBy !== undefined) return { digest, envelope, isTrusted, tolerated: seen, toAsk: [], refusedBy };
    seen.push(...problems);
  }
  return withTime({ digest, envelope, isTrusted, tolerated: seen, toAsk: [] }, envelope, examination);
}

function withTime(so: ExaminedSignature, envelope: Envelope, examination: Examination): ExaminedSignature {
  const time = checkTime(envelope, examination);
  const problem = time.problem;
  if (problem !== undefined && isEnforced(problem.check, examination.options.verificationLevel))
    return { ...so, refusedBy: problem };
  const tolerated = problem === undefined ? so.tolerated : [...so.tolerated, problem];
  // Certificates of strangers name addresses of strangers: only those that are trusted are asked about.
  const signers = so.isTrusted ? [{ check: 'revocation', chain: envelope.chain } as const] : [];
  const authorities = time.chain === undefined ? [] : [{ check: 'authentic timestamp', chain: time.chain } as const];
  return { ...so, tolerated, toAsk: [...authorities, ...signers] };
}

/** As notation: some certificate of the chain is one of the trust store. Trust stores for signing authorities cannot be configured. */
function leadsToTrust({ chain, headers }: Envelope, trust: NotationTrust): boolean {
  if (headers.scheme !== 'notary.x509') return false;
  return chain.some(({ fingerprint }) => trust.certificates.some((trusted) => trusted.fingerprint === fingerprint));
}

function untrusted({ chain, headers }: Envelope, trust: NotationTrust): Problem {
  const why =
    headers.scheme === 'notary.x509'
      ? `the certificate chain of ${nameOf(chain[0]!)} ends at ${nameOf(chain.at(-1)!)} and leads to no certificate of trust root ${trust.names.join(', ')}`
      : `the signing scheme ${headers.scheme} needs a trust store of signing authorities, which cannot be configured`;
  return { check: 'authenticity', class: 'wrong_key', detail: why };
}

function targetProblems(difference: string | undefined): readonly Problem[] {
  return difference === undefined ? [] : [{ check: 'integrity', class: 'wrong_digest', detail: difference }];
}

function expiryProblems({ headers: { expiry } }: Envelope, now: Date): readonly Problem[] {
  if (expiry === undefined || now < expiry) return [];
  return [{ check: 'expiry', class: 'timestamp', detail: `the signature expired at ${expiry.toISOString()}` }];
}

interface TimeCheck {
  readonly problem?: Problem;
  /** The chain of the authority whose timestamp counts. */
  readonly chain?: readonly Certificate[];
}

function checkTime(envelope: Envelope, { trust, options, now }: Examination): TimeCheck {
  const { chain, headers } = envelope;
  const problem = (detail: string): TimeCheck => ({
    problem: { check: 'authentic timestamp', class: 'timestamp', detail },
  });
  if (headers.scheme !== 'notary.x509') {
    const dead = chain.find((each) => !livesBetween(each, headers.signingTime, headers.signingTime));
    return dead === undefined ? {} : problem(`${nameOf(dead)} did not count at ${headers.signingTime.toISOString()}`);
  }
  const hasExpired = chain.some(({ notAfter }) => now > notAfter);
  const roots = trust.timestampCertificates;
  if (roots === undefined || (options.verifyTimestamp === 'afterCertExpiry' && !hasExpired)) {
    const dead = chain.find((each) => !livesBetween(each, now, now));
    return dead === undefined ? {} : problem(deadNow(dead, now, roots !== undefined));
  }
  if (envelope.timestamp === undefined)
    return problem('no timestamp countersignature was found in the signature envelope');
  const proven = proveTime({ token: envelope.timestamp, signature: envelope.signature, roots });
  if (!proven.ok) return problem(`the timestamp countersignature ${proven.flaw}`);
  const { from, to } = proven.value;
  const dead = chain.find((each) => !livesBetween(each, from, to));
  if (dead === undefined) return { chain: proven.value.chain };
  return problem(
    `${nameOf(dead)} did not count between ${from.toISOString()} and ${to.toISOString()}, when the timestamp was made`,
  );
}

function deadNow(certificate: Certificate, now: Date, hasAuthority: boolean): string {
  const { notBefore, notAfter } = certificate;
  if (now < notBefore) return `${nameOf(certificate)} counts only from ${notBefore.toISOString()}`;
  const advice = hasAuthority ? '' : ', and no tsCert is configured that could prove the signature to be older';
  return `${nameOf(certificate)} expired at ${notAfter.toISOString()}${advice}`;
}

function livesBetween({ notBefore, notAfter }: Certificate, from: Date, to: Date): boolean {
  return notBefore <= from && to <= notAfter;
}
