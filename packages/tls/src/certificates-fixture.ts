/** Certificates made for tests, from a chance that is the same every time. */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { createAuthority } from './authority.ts';
import { keyPem, makeCertificate, newKey } from './issue.ts';
import type { Randomness } from './issue.ts';
import type { KeyPair } from './key-pair.ts';
import { issueLeaf, serviceNames } from './leaf.ts';

/** Noon of some day; certificates of tests count from here. */
export const noon = Date.parse('2026-06-15T12:00:00Z');
export const hour = 3_600_000;
export const day = 24 * hour;

export const names = serviceNames('connaisseur-svc', 'connaisseur');
export const callersName = 'connaisseur-svc.connaisseur.svc';

/** The same bytes for the same seed and call; keys are still new each time. */
export function seeded(seed: string): Randomness {
  let call = 0;
  return (size) => createHash('shake256', { outputLength: size }).update(`${seed} ${call++}`).digest();
}

/** An authority and a leaf of it. */
export async function makePair(
  seed: string,
  now: number = noon,
): Promise<{ readonly authority: KeyPair; readonly pair: KeyPair }> {
  const random = seeded(seed);
  const authority = await createAuthority({ name: callersName, now, random });
  return { authority, pair: await issueLeaf({ authority, names, addresses: ['127.0.0.1'], now, random }) };
}

/** A certificate for a caller that has to prove who it is, and the authority that signed it. */
export async function makeClient(now: number): Promise<{ readonly authority: string; readonly pair: KeyPair }> {
  const random = seeded('client');
  const authority = await createAuthority({ name: 'clients', now, random });
  const { publicKey, privateKey } = newKey();
  const { pem } = await makeCertificate({
    ...{ subject: 'CN=kube-apiserver', publicKey, ownKey: privateKey, now, random },
    ...{ notBefore: now - hour, notAfter: now + day },
    issuer: { certificate: new X509Certificate(authority.certificate), key: createPrivateKey(authority.key) },
    extensions: (library) => [new library.ExtendedKeyUsageExtension([library.ExtendedKeyUsage.clientAuth])],
  });
  return { authority: authority.certificate, pair: { certificate: pem, key: keyPem(privateKey) } };
}
