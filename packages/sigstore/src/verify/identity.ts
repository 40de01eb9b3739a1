/**
 * Whom a certificate names, and whether that is whom the policy wants. Extensions: Fulcio's "oid-info", under
 * 1.3.6.1.4.1.57264.1.
 */
import { RE2JS } from 're2js';
import { sigstoreFault } from '../errors.ts';
import { excerpt } from '@pratique/runtime/fault';
import { held, stopped } from './check.ts';
import type { Checked } from './check.ts';
import { describeRule } from './policy.ts';
import type { IdentityRules, TextRule, WorkflowRule } from './policy.ts';
import type { Reason } from './verdict.ts';
import { extensionOf, extensionValue, parseAsn1 } from './x509.ts';
import type { Certificate } from './x509.ts';

/** What a certificate says about its holder. */
export interface CertificateIdentity {
  /** All names, in the order of the certificate: e-mail, DNS, URI, IP, and Fulcio's other name. */
  readonly names: readonly string[];
  readonly issuer: string;
  /** Value by suffix of the OID: `.2` to `.6` and `.9` to `.22`, as far as present. */
  readonly claims: Readonly<Record<string, string>>;
}

const fulcio = '1.3.6.1.4.1.57264.1';
const otherName = `${fulcio}.7`;
const plainClaims = ['.2', '.3', '.4', '.5', '.6'];
const derClaims = Array.from({ length: 14 }, (_unused, index) => `.${index + 9}`);
const utf8String = 12;

/** Reads a certificate. Refused where the two places of the issuer differ: readers would not agree on who vouched. */
export function identityOf(certificate: Certificate): Checked<CertificateIdentity> {
  const old = plainText(certificate, '.1');
  const current = derText(certificate, '.8');
  const isBroken = current === undefined && extensionOf(certificate, `${fulcio}.8`) !== undefined;
  if (isBroken || (old !== undefined && current !== undefined && old !== current)) {
    return stopped(
      'issuer-mismatch',
      `The certificate names two issuers: ${excerpt(current ?? 'an unreadable one')} and ${excerpt(old ?? 'none')}.`,
      'Verifiers would not agree on who vouched. Have the image signed with a certificate that names one.',
    );
  }
  const claims: Record<string, string> = {};
  for (const suffix of plainClaims) assign(claims, suffix, plainText(certificate, suffix));
  for (const suffix of derClaims) assign(claims, suffix, derText(certificate, suffix));
  return held({ names: namesOf(certificate), issuer: current ?? old ?? '', claims });
}

/** Whether the certificate is the one the policy wants: issuer, name, GitHub claims. */
export function verifyIdentity(identity: CertificateIdentity, policy: IdentityRules): Checked<undefined> {
  if (!matches(identity.issuer, policy.issuer)) {
    return mismatch('issuer-mismatch', 'issuer', { wanted: describeRule(policy.issuer), found: identity.issuer });
  }
  if (!identity.names.some((name) => matches(name, policy.subject))) {
    return mismatch('identity-mismatch', 'identity', {
      wanted: describeRule(policy.subject),
      found: identity.names.join(', '),
    });
  }
  for (const [member, suffix] of workflowClaims) {
    const wanted = policy.workflow?.[member];
    if (wanted !== undefined && identity.claims[suffix] !== wanted) {
      return mismatch('workflow-mismatch', `GitHub workflow ${member}`, {
        wanted,
        found: identity.claims[suffix] ?? '',
      });
    }
  }
  return held(undefined);
}

const workflowClaims: readonly (readonly [keyof WorkflowRule, string])[] = [
  ['trigger', '.2'],
  ['sha', '.3'],
  ['name', '.4'],
  ['repository', '.5'],
  ['ref', '.6'],
];

/** Whether a text fulfils a rule; empty texts and empty rules never do. */
export function matches(text: string, rule: TextRule): boolean {
  if (text === '') return false;
  if (rule.match === 'exact') return rule.value !== '' && text === rule.value;
  return rule.pattern !== '' && RE2JS.compile(rule.pattern).matcher(text).find();
}

/**
 * Refuses a rule that nothing could fulfil: an empty text, or a pattern that is not RE2.
 *
 * @throws Fault `identity-rule-invalid`
 */
export function checkRule(rule: TextRule, name: string): void {
  const text = rule.match === 'exact' ? rule.value : rule.pattern;
  if (text === '') throw badRule(name, 'is empty, and an empty text never matches');
  if (rule.match === 'exact') return;
  try {
    RE2JS.compile(rule.pattern);
  } catch (cause) {
    const why = cause instanceof Error ? excerpt(cause.message, 120) : 'unreadable';
    throw badRule(name, `is no regular expression of RE2 (${why})`, cause);
  }
}

function badRule(name: string, what: string, cause?: unknown): Error {
  return sigstoreFault({
    code: 'identity-rule-invalid',
    message: `The ${name} to be matched ${what}.`,
    hint: 'Give the exact text, or a pattern in RE2 syntax (https://github.com/google/re2/wiki/Syntax); patterns are not anchored.',
    values: { name },
    cause,
  });
}

function namesOf(certificate: Certificate): readonly string[] {
  const names = extensionValue(certificate, '2.5.29.17')?.subs ?? [];
  return names.map(nameOf).filter((name) => name !== undefined && name !== '') as readonly string[];
}

type GeneralName = NonNullable<ReturnType<typeof parseAsn1>>;

/** RFC 5280 section 4.2.1.6: the kinds Fulcio uses. */
function nameOf(name: GeneralName): string | undefined {
  if (!name.tag.isContextSpecific()) return undefined;
  switch (name.tag.number) {
    case 0:
      return otherNameOf(name);
    case 1:
    case 2:
    case 6:
      return asciiOf(name.value);
    case 7:
      return addressOf(name.value);
    default:
      return undefined;
  }
}

function otherNameOf(name: GeneralName): string | undefined {
  const [type, wrapper] = name.subs;
  const value = wrapper?.subs[0];
  if (type?.tag.isOID() !== true || type.toOID() !== otherName || value?.tag.number !== utf8String) return undefined;
  return utf8(value.value);
}

function addressOf(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return undefined;
  const groups = Array.from({ length: 8 }, (_unused, at) => ((bytes[2 * at]! << 8) | bytes[2 * at + 1]!).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** These three kinds are ASCII; anything else would look like another name. */
function asciiOf(bytes: Uint8Array): string | undefined {
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f) ? Buffer.from(bytes).toString('latin1') : undefined;
}

function plainText(certificate: Certificate, suffix: string): string | undefined {
  const extension = extensionOf(certificate, `${fulcio}${suffix}`);
  return extension === undefined ? undefined : utf8(extension.value);
}

function derText(certificate: Certificate, suffix: string): string | undefined {
  const extension = extensionOf(certificate, `${fulcio}${suffix}`);
  const value = extension === undefined ? undefined : parseAsn1(extension.value);
  const isText = value?.tag.isUniversal() === true && value.tag.number === utf8String;
  return isText ? utf8(value.value) : undefined;
}

/** Control characters belong to no name or address; shown to a person they would look like another. */
function utf8(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return /\p{Cc}/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function assign(claims: Record<string, string>, suffix: string, value: string | undefined): void {
  if (value !== undefined) claims[suffix] = value;
}

function mismatch(
  reason: Reason,
  what: string,
  { wanted, found }: { readonly wanted: string; readonly found: string },
): Checked<never> {
  return stopped(
    reason,
    `The certificate's ${what} is ${found === '' ? 'absent' : excerpt(found, 200)}; wanted is ${excerpt(wanted, 200)}.`,
    'Check who signed against whom you expect; if the signer is right, change the policy.',
  );
}
