/** Signed attributes, with the rules that hold in either encoding (signature specification, "Signed Attributes"). */
import { excerpt } from '@pratique/runtime/fault';
import { Flaw } from './flaw.ts';

const prefix = 'io.cncf.notary.';

/** Names of the attributes. */
export const headerNames = {
  scheme: `${prefix}signingScheme`,
  signingTime: `${prefix}signingTime`,
  authenticSigningTime: `${prefix}authenticSigningTime`,
  expiry: `${prefix}expiry`,
  timestamp: `${prefix}timestampSignature`,
} as const;

/** Attributes by which a signature asks for a program that judges it; there is none here. */
const pluginHeader = `${prefix}verificationPlugin`;

/** `notary.x509`: the signer says when; `notary.x509.signingAuthority`: an authority does. */
export type SigningScheme = 'notary.x509' | 'notary.x509.signingAuthority';

/** Signed attributes that were found consistent. */
export interface SignedHeaders {
  readonly scheme: SigningScheme;
  readonly contentType: string;
  /** When the signature says it was made: only proven by a timestamp, or by the authority of its scheme. */
  readonly signingTime: Date;
  readonly expiry?: Date;
}

/** Protected headers as one encoding had them. */
export interface ClaimedHeaders {
  /** Labels that are there. */
  readonly labels: ReadonlySet<unknown>;
  /** Labels of the encoding itself that may be marked critical because they are always processed. */
  readonly processed: readonly unknown[];
  readonly critical: unknown;
  readonly scheme: unknown;
  readonly contentType: unknown;
  readonly signingTime?: Date;
  readonly authenticSigningTime?: Date;
  readonly expiry?: Date;
}

/** Checks what is claimed. @throws Flaw */
export function checkHeaders(claimed: ClaimedHeaders): SignedHeaders {
  const { scheme, contentType, expiry } = claimed;
  if (scheme !== 'notary.x509' && scheme !== 'notary.x509.signingAuthority')
    throw new Flaw(`has the signing scheme ${shown(scheme)}, which is not known`);
  if (typeof contentType !== 'string') throw new Flaw('does not say what its payload is');
  const signingTime = signingTimeOf(claimed, scheme);
  checkCritical(claimed, scheme);
  if (expiry !== undefined && expiry <= signingTime) throw new Flaw('expires before it was made');
  return { scheme, contentType, signingTime, ...(expiry === undefined ? {} : { expiry }) };
}

function signingTimeOf(claimed: ClaimedHeaders, scheme: SigningScheme): Date {
  const byAuthority = scheme === 'notary.x509.signingAuthority';
  const [wanted, other] = byAuthority
    ? [claimed.authenticSigningTime, claimed.signingTime]
    : [claimed.signingTime, claimed.authenticSigningTime];
  if (other !== undefined) throw new Flaw(`has a signing time that does not belong to the scheme ${scheme}`);
  // Year 1 is how Go writes "no time".
  if (wanted === undefined || wanted.getUTCFullYear() <= 1) throw new Flaw('has no signing time');
  return wanted;
}

/** RFC 7515 section 4.1.11, RFC 9052 section 3.1: a header that is marked critical and not understood makes the signature invalid. */
function checkCritical(claimed: ClaimedHeaders, scheme: SigningScheme): void {
  const { critical, labels, processed } = claimed;
  if (!Array.isArray(critical) || critical.length === 0) throw new Flaw('marks no header as critical');
  const must: unknown[] = [headerNames.scheme];
  if (claimed.expiry !== undefined) must.push(headerNames.expiry);
  if (scheme === 'notary.x509.signingAuthority') must.push(headerNames.authenticSigningTime);
  for (const label of labels) {
    if (typeof label === 'string' && label.startsWith(pluginHeader))
      throw new Flaw(`wants to be verified by a plugin (${shown(label)}); plugins are not run here`);
  }
  for (const label of critical as readonly unknown[]) {
    if (!must.includes(label) && !processed.includes(label))
      throw new Flaw(`marks ${shown(label)} as critical, which is not understood here`);
    if (!labels.has(label)) throw new Flaw(`marks ${shown(label)} as critical and does not have it`);
  }
  if (new Set(critical).size !== critical.length) throw new Flaw('marks a header as critical twice');
  const unmarked = must.find((label) => !critical.includes(label));
  if (unmarked !== undefined) throw new Flaw(`does not mark ${shown(unmarked)} as critical`);
}

function shown(label: unknown): string {
  return typeof label === 'string' ? excerpt(label, 80) : typeof label === 'number' ? String(label) : 'of another type';
}
