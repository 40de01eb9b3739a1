/** The certificate a service serves with. */
import type { X509Certificate } from 'node:crypto';
import { backdatedBy } from './authority.ts';
import { tlsFault } from './errors.ts';
import { keyPem, makeCertificate, newKey } from './issue.ts';
import type { Making } from './issue.ts';
import { checkKeyPair, readPrivateKey } from './key-pair.ts';
import type { KeyPair } from './key-pair.ts';

/** Ninety days, renewed after sixty. */
const leafLife = 90 * 24 * 3_600_000;

/** What a leaf is made from. */
export interface LeafRequest extends Making {
  readonly authority: KeyPair;
  /** DNS names; see {@link serviceNames}. */
  readonly names: readonly string[];
  /** Addresses, for a server without a name. */
  readonly addresses?: readonly string[];
}

/** The names a service is called by inside a cluster (admission TLS-1), the shortest first. */
export function serviceNames(service: string, namespace: string): readonly string[] {
  return [
    service,
    `${service}.${namespace}`,
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.cluster.local`,
  ];
}

/**
 * Makes a leaf for a server: ECDSA on P-256, ninety days and never longer than its authority, begun an hour ago.
 *
 * @throws Fault `certificate-request-invalid` without names or with an authority that is over; those of {@link checkKeyPair}
 *
 * @example
 * const pair = await issueLeaf({ authority, names: serviceNames('gate', 'default'), now: clock(), random: randomBytes });
 */
export async function issueLeaf(request: LeafRequest): Promise<KeyPair> {
  const { now, random, names, addresses = [] } = request;
  const { leaf: issuer } = checkKeyPair(request.authority, 'authority');
  const key = readPrivateKey(request.authority.key, 'key of the authority');
  refuseHopeless(issuer, now, [...names, ...addresses]);
  const { publicKey, privateKey } = newKey();
  const { pem } = await makeCertificate({
    subject: `CN=${names.findLast((name) => name.length <= 64) ?? 'server'}`,
    ...{ publicKey, ownKey: privateKey, now, random, issuer: { certificate: issuer, key } },
    notBefore: Math.max(now - backdatedBy, issuer.validFromDate.getTime()),
    notAfter: Math.min(now + leafLife, issuer.validToDate.getTime()),
    extensions: (library) => [
      new library.BasicConstraintsExtension(false, undefined, true),
      new library.KeyUsagesExtension(library.KeyUsageFlags.digitalSignature, true),
      new library.ExtendedKeyUsageExtension([library.ExtendedKeyUsage.serverAuth]),
      new library.SubjectAlternativeNameExtension([
        ...names.map((value) => ({ type: 'dns' as const, value })),
        ...addresses.map((value) => ({ type: 'ip' as const, value })),
      ]),
    ],
  });
  return { certificate: pem, key: keyPem(privateKey) };
}

/** Whether the certificate names all of these; a wildcard counts, the subject does not, as callers judge today. */
export function namesAll(certificate: X509Certificate, names: readonly string[]): boolean {
  return names.every((name) => certificate.checkHost(name, { subject: 'never' }) !== undefined);
}

function refuseHopeless(issuer: X509Certificate, now: number, names: readonly string[]): void {
  const why = !issuer.ca
    ? 'the certificate that is to sign is not an authority'
    : issuer.validToDate.getTime() <= now
      ? 'the authority is over'
      : names.length === 0
        ? 'it would have no name'
        : undefined;
  if (why === undefined) return;
  throw tlsFault({
    code: 'certificate-request-invalid',
    message: `The certificate was not made: ${why}.`,
    hint: 'Make a new authority first, or name the service.',
    values: { why },
  });
}
