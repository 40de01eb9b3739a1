/** Keys and a certificate for tests, made for them with openssl and used nowhere else; the certificate ends in a hundred years. */
import { parsePolicy } from './parse-policy.ts';
import type { PolicyOptions } from './parse-policy.ts';
import { describeProblems } from './problem.ts';
import type { Problem } from './problem.ts';
import type { Policy } from './policy.ts';

/** ECDSA P-256. */
export const keyPem = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2dVnAkbePAa1MZRXLjykzOztHuDw
934NxlkT9j3yek0dhT1NaUjd/PJu42T8bBHselmhGBQKC7fQ3LwREMdYTg==
-----END PUBLIC KEY-----
`;

/** ECDSA P-384. */
export const otherKeyPem = `-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAElTZGw89321RjBWhDXFJ4+zGd3AqeUEcL
qszvrzkFVWYeC7aPoSaDx3uLEYjY5y5iXmYX5pLj43E7p8JdqW1wmZtP3mUbTHMo
VR1YV2uWL5d1T247aY+tNRD6MqckWLN9
-----END PUBLIC KEY-----
`;

/** Self-signed. */
export const certificatePem = `-----BEGIN CERTIFICATE-----
MIIBgzCCASmgAwIBAgIUXWpViuBwmUafQH2zkAgysLeBS78wCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLcG9saWN5IHRlc3QwIBcNMjYxMTIyMDMwNzU0WhgPMjEyNjEw
MjkwMzA3NTRaMBYxFDASBgNVBAMMC3BvbGljeSB0ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAE2dVnAkbePAa1MZRXLjykzOztHuDw934NxlkT9j3yek0dhT1N
aUjd/PJu42T8bBHselmhGBQKC7fQ3LwREMdYTqNTMFEwHQYDVR0OBBYEFP5uWKvT
4cP40gAdxd7O57kGhfvDMB8GA1UdIwQYMBaAFP5uWKvT4cP40gAdxd7O57kGhfvD
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAM8MgdTRHK6rVVFI
DvBsiXP9jf1UDukk+3NTJIYn/ZpmAiBB94JzNoZgKh3Q3lkP4/lKRBs/nSHjCCzd
S8NVGm9JJg==
-----END CERTIFICATE-----
`;

/** A text as it stands in YAML after `|`, below a key that is itself indented by two spaces less. */
export function block(text: string, spaces: number): string {
  return `|\n${text.replace(/^(?=.)/gm, ' '.repeat(spaces)).trimEnd()}`;
}

/** The policy of a text that has to be right. */
export function policyFrom(text: string, options?: PolicyOptions): Policy {
  const read = parsePolicy(text, options);
  if (read.state === 'invalid') throw new Error(describeProblems(read.problems, { file: 'test' }));
  return read.policy;
}

/** The mistakes of a text that has to be wrong. */
export function mistakesOf(text: string, options?: PolicyOptions): readonly Problem[] {
  const read = parsePolicy(text, options);
  if (read.state === 'valid') throw new Error('nothing was found wrong');
  return read.problems;
}
