/** Signatures of certificate authorities over what is no certificate: OCSP responses and revocation lists. */
import { constants, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { PublicKey } from '@pratique/sigstore';
import { membersOf, oidOf, readDer, tags } from '../notation/der.ts';
import type { DerValue } from '../notation/der.ts';

const digests: Readonly<Record<string, { readonly digest: string; readonly kind: 'rsa' | 'ec' }>> = {
  '1.2.840.113549.1.1.11': { digest: 'sha256', kind: 'rsa' },
  '1.2.840.113549.1.1.12': { digest: 'sha384', kind: 'rsa' },
  '1.2.840.113549.1.1.13': { digest: 'sha512', kind: 'rsa' },
  '1.2.840.10045.4.3.2': { digest: 'sha256', kind: 'ec' },
  '1.2.840.10045.4.3.3': { digest: 'sha384', kind: 'ec' },
  '1.2.840.10045.4.3.4': { digest: 'sha512', kind: 'ec' },
};
const rsaPss = '1.2.840.113549.1.1.10';
const pssDigests: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** What an authority signed. */
export interface AuthoritySigned {
  /** AlgorithmIdentifier. */
  readonly algorithm: DerValue;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** Whether the key made the signature with an algorithm that counts; SHA-1 does not. Never throws. */
export function isSignedBy({ algorithm, message, signature }: AuthoritySigned, key: PublicKey): boolean {
  try {
    const [oid, parameters] = membersOf(algorithm);
    const name = oid === undefined ? '' : oidOf(oid);
    if (name === rsaPss) return isPssSigned({ digest: pssDigest(parameters), key: key.key, message, signature });
    const known = digests[name];
    return (
      known !== undefined && known.kind === key.algorithm.kind && verify(known.digest, message, key.key, signature)
    );
  } catch {
    return false;
  }
}

/** RFC 4055 section 3.1: without parameters the digest would be SHA-1, which does not count. */
function pssDigest(parameters: DerValue | undefined): string {
  const hash = parameters === undefined ? undefined : membersOf(parameters).find(({ tag }) => tag === 0xa0);
  const [oid] = hash === undefined ? [] : membersOf(readDer(hash.content));
  const digest = oid?.tag === tags.oid ? pssDigests[oidOf(oid)] : undefined;
  if (digest === undefined) throw new RangeError('no digest that counts');
  return digest;
}

function isPssSigned(check: {
  readonly digest: string;
  readonly key: KeyObject;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}): boolean {
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_AUTO: saltLength } = constants;
  return (
    check.key.asymmetricKeyType === 'rsa' &&
    verify(check.digest, check.message, { key: check.key, padding, saltLength }, check.signature)
  );
}
