/** Whether a caller that trusts a bundle would accept what a server serves, in the words and numbers of OpenSSL. */
import type { KeyObject, X509Certificate } from 'node:crypto';
import { isIssuedBy, isSelfSigned, nameOf } from './certificate.ts';

/** What is to be judged. */
export interface ServingQuestion {
  /** What the caller trusts. */
  readonly bundle: readonly X509Certificate[];
  /** What the server sends, the leaf first. */
  readonly chain: readonly X509Certificate[];
  /** The key of the server; not checked where absent, as a caller cannot either. */
  readonly key?: KeyObject;
  /** The name the caller expects; not checked where absent. */
  readonly name?: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The answer; `code` is the number `openssl s_client` prints as `Verify return code`. */
export type ServingCheck =
  | { readonly outcome: 'ok'; readonly code: 0; readonly text: string; readonly anchor: X509Certificate }
  | { readonly outcome: 'untrusted'; readonly code: 18 | 19 | 20 | 21; readonly text: string }
  | { readonly outcome: 'expired'; readonly code: 10; readonly text: string; readonly certificate: X509Certificate }
  | {
      readonly outcome: 'not-yet-valid';
      readonly code: 9;
      readonly text: string;
      readonly certificate: X509Certificate;
    }
  | { readonly outcome: 'wrong-purpose'; readonly code: 26; readonly text: string }
  | { readonly outcome: 'wrong-name'; readonly code: 62; readonly text: string }
  /** The caller would not even be answered: the server cannot prove its certificate. */
  | { readonly outcome: 'wrong-key'; readonly text: string }
  | { readonly outcome: 'nothing-served'; readonly text: string };

/** The longest path that is followed; real ones have three certificates. */
const maxPath = 8;

const serverAuth = '1.3.6.1.5.5.7.3.1';
const anyPurpose = '2.5.29.37.0';

/**
 * Judges what is served. The first of these decides: key, trust, dates, purpose, name.
 *
 * @example
 * const check = checkServing({ bundle, chain, name: 'connaisseur-svc.connaisseur.svc', now: clock() });
 * if (check.outcome !== 'ok') report(check.text);
 */
export function checkServing({ bundle, chain, key, name, now }: ServingQuestion): ServingCheck {
  const leaf = chain[0];
  if (leaf === undefined) return { outcome: 'nothing-served', text: 'no certificate is served' };
  if (key !== undefined && !leaf.checkPrivateKey(key)) {
    return { outcome: 'wrong-key', text: `the private key does not belong to ${nameOf(leaf)}` };
  }
  const paths = pathsFrom([leaf], chain.slice(1), bundle);
  const path = paths.find((candidate) => candidate.every((one) => isCurrent(one, now))) ?? paths[0];
  if (path === undefined) return untrusted(leaf, chain);
  return (
    outOfDate(path, now) ??
    wrongPurpose(leaf) ??
    wrongName(leaf, name) ?? { outcome: 'ok', code: 0, text: 'ok', anchor: path.at(-1) ?? leaf }
  );
}

// Every way from the leaf to something trusted, the shortest first; one may be over while another is good.
function pathsFrom(
  path: readonly X509Certificate[],
  between: readonly X509Certificate[],
  bundle: readonly X509Certificate[],
): readonly (readonly X509Certificate[])[] {
  const last = path.at(-1);
  if (last === undefined || path.length > maxPath) return [];
  if (path.length === 1 && isSelfSigned(last)) return bundle.some((anchor) => same(anchor, last)) ? [path] : [];
  const ends = bundle.filter((anchor) => anchor.ca && isIssuedBy(last, anchor)).map((anchor) => [...path, anchor]);
  const onward = between.filter((one) => one.ca && !path.includes(one) && !isSelfSigned(one) && isIssuedBy(last, one));
  return [...ends, ...onward.flatMap((one) => pathsFrom([...path, one], between, bundle))];
}

function untrusted(leaf: X509Certificate, chain: readonly X509Certificate[]): ServingCheck {
  const answer = (code: 18 | 19 | 20 | 21, text: string) => ({ outcome: 'untrusted', code, text }) as const;
  if (isSelfSigned(leaf)) return answer(18, `self-signed certificate ${nameOf(leaf)}, which is not trusted`);
  const rest = chain.slice(1);
  if (rest.some(isSelfSigned)) return answer(19, 'self-signed certificate in the chain, which is not trusted');
  if (rest.some((one) => isIssuedBy(leaf, one))) {
    return answer(20, `unable to get local issuer certificate: nothing trusted signed the chain of ${nameOf(leaf)}`);
  }
  return answer(21, `unable to verify the first certificate: nothing trusted signed ${nameOf(leaf)}`);
}

function outOfDate(path: readonly X509Certificate[], now: number): ServingCheck | undefined {
  const over = path.find((one) => one.validToDate.getTime() <= now);
  if (over !== undefined) {
    const text = `certificate has expired: ${nameOf(over)} was good until ${over.validToDate.toISOString()}`;
    return { outcome: 'expired', code: 10, text, certificate: over };
  }
  const early = path.find((one) => one.validFromDate.getTime() > now);
  if (early === undefined) return undefined;
  const text = `certificate is not yet valid: ${nameOf(early)} begins ${early.validFromDate.toISOString()}`;
  return { outcome: 'not-yet-valid', code: 9, text, certificate: early };
}

function wrongPurpose(leaf: X509Certificate): ServingCheck | undefined {
  const purposes: readonly string[] | undefined = leaf.keyUsage;
  if (purposes === undefined || purposes.includes(serverAuth) || purposes.includes(anyPurpose)) return undefined;
  return { outcome: 'wrong-purpose', code: 26, text: `${nameOf(leaf)} is not for servers (no serverAuth)` };
}

function wrongName(leaf: X509Certificate, name: string | undefined): ServingCheck | undefined {
  // Go, which the API server is written in, does not look at the subject.
  if (name === undefined || leaf.checkHost(name, { subject: 'never' }) !== undefined) return undefined;
  return { outcome: 'wrong-name', code: 62, text: `hostname mismatch: ${nameOf(leaf)} does not name ${name}` };
}

function isCurrent(certificate: X509Certificate, now: number): boolean {
  return certificate.validFromDate.getTime() <= now && now < certificate.validToDate.getTime();
}

function same(one: X509Certificate, other: X509Certificate): boolean {
  return one.raw.equals(other.raw);
}
