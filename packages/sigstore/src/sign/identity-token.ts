/**
 * Identity tokens (OpenID Connect ID tokens): what they say about their holder. Whether a token is genuine is for the
 * certificate authority to judge; here it is read so far that the proof can be made and an expired one is noticed
 * before anything is sent.
 */
import Type from 'typebox';
import { Value } from 'typebox/value';
import { sigstoreFault } from '../errors.ts';
import { parseStrictJson } from '../json/strict-json.ts';

/** A token that can be used now. */
export interface IdentityToken {
  /** The compact form. Secret. */
  readonly token: string;
  /** `iss` */
  readonly issuer: string;
  /** What the proof of possession signs: the address of a person, else `sub`. */
  readonly subject: string;
  readonly expires: Date;
}

// Tokens of CI systems with many claims reach 4 KiB; a header line rarely may be longer than 16.
const tokenLimit = 16 * 1024;
const segment = /^[A-Za-z0-9_-]+$/u;

const claimsSchema = Type.Object({
  iss: Type.String({ minLength: 1, maxLength: 2048 }),
  sub: Type.Optional(Type.String({ maxLength: 2048 })),
  exp: Type.Number({ minimum: 0, maximum: 253_402_300_799 }),
  email: Type.Optional(Type.String({ maxLength: 2048 })),
  // Some issuers write it as text.
  email_verified: Type.Optional(Type.Union([Type.Boolean(), Type.String({ maxLength: 8 })])),
});

/**
 * Reads a token given as text, white space around it ignored.
 *
 * @throws Fault `identity-token-invalid`, `identity-token-expired`; no message holds any part of the token
 *
 * @example
 * const { subject, issuer } = readIdentityToken(text, { now: new Date() });
 */
export function readIdentityToken(text: string, { now }: { readonly now: Date }): IdentityToken {
  const token = text.trim();
  const claims = claimsOf(token);
  const expires = new Date(claims.exp * 1000);
  if (expires <= now) throw expired(claims.iss, expires);
  return { token, issuer: claims.iss, subject: subjectOf(claims), expires };
}

interface Claims {
  readonly iss: string;
  readonly sub?: string;
  readonly exp: number;
  readonly email?: string;
  readonly email_verified?: boolean | string;
}

function claimsOf(token: string): Claims {
  if (token === '') throw invalid('it is empty');
  if (token.length > tokenLimit) throw invalid(`it is longer than ${tokenLimit} characters`);
  const parts = token.split('.');
  if (parts.length !== 3) throw invalid('it does not consist of three parts with dots between them');
  if (!parts.every((part) => segment.test(part))) throw invalid('its parts are not base64url');
  const parsed = parseStrictJson(Buffer.from(parts[1] ?? '', 'base64url'));
  if (!parsed.ok) throw invalid(`its claims are not readable: the text ${parsed.detail.replaceAll(/\s*\(.*\)/gu, '')}`);
  if (!Value.Check(claimsSchema, parsed.value)) {
    throw invalid('it lacks an issuer (iss) or an expiry (exp), or a claim is of the wrong type');
  }
  return parsed.value;
}

function subjectOf({ email, email_verified: verified, sub }: Claims): string {
  if (email !== undefined && email !== '') {
    if (verified !== true && verified !== 'true') throw invalid('its issuer did not verify the e-mail address');
    return email;
  }
  if (sub === undefined || sub === '') throw invalid('it names no subject (sub)');
  return sub;
}

function invalid(detail: string): Error {
  return sigstoreFault({
    code: 'identity-token-invalid',
    message: `The identity token cannot be used: ${detail}.`,
    hint: 'Pass a complete ID token (not an access token) of an issuer that the certificate authority knows.',
    values: { detail },
  });
}

function expired(issuer: string, expires: Date): Error {
  const at = expires.toISOString();
  return sigstoreFault({
    code: 'identity-token-expired',
    message: `The identity token of ${issuer} expired at ${at}.`,
    hint: 'Get a new token right before signing; if it was new, check the clock of this machine.',
    values: { issuer, expires: at },
  });
}
