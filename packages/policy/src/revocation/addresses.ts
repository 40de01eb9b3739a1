/** Where a certificate says its revocation can be asked: RFC 5280 sections 4.2.1.13 and 4.2.2.1. */
import { extensionOf } from '@pratique/sigstore';
import type { Certificate } from '@pratique/sigstore';
import { membersOf, oidOf, readWholeDer, tags } from '../notation/der.ts';
import type { DerValue } from '../notation/der.ts';
import { revocationAddresses } from '../notation/limits.ts';

const authorityInformation = '1.3.6.1.5.5.7.1.1';
const ocspMethod = '1.3.6.1.5.5.7.48.1';
const distributionPoints = '2.5.29.31';
/** uniformResourceIdentifier of GeneralName. */
const uriTag = 0x86;

/** Addresses by method; empty where the certificate names none. */
export interface RevocationAddresses {
  readonly ocsp: readonly string[];
  readonly crl: readonly string[];
}

/** The addresses, or undefined where an extension cannot be read. */
export function addressesOf(certificate: Certificate): RevocationAddresses | undefined {
  const information = extensionOf(certificate, authorityInformation);
  const points = extensionOf(certificate, distributionPoints);
  try {
    return {
      ocsp: information === undefined ? [] : ocspAddresses(information.value).slice(0, revocationAddresses),
      crl: points === undefined ? [] : pointAddresses(points.value),
    };
  } catch {
    return undefined;
  }
}

/**
 * The addresses of CRLDistributionPoints, which the extension for delta lists uses as well. All of them count: each may list other
 * reasons, so more than are asked is an error instead of a shorter list.
 *
 * @throws RangeError
 */
export function pointAddresses(extension: Uint8Array): readonly string[] {
  const found = membersOf(readWholeDer(extension)).flatMap((point) => {
    const name = membersOf(point).find(({ tag }) => tag === 0xa0);
    const fullName = name === undefined ? undefined : membersOf(name).find(({ tag }) => tag === 0xa0);
    return fullName === undefined
      ? []
      : membersOf(fullName)
          .filter(({ tag }) => tag === uriTag)
          .map(textOf);
  });
  if (found.length > revocationAddresses) throw new RangeError('too many distribution points');
  return found;
}

function ocspAddresses(extension: Uint8Array): readonly string[] {
  return membersOf(readWholeDer(extension)).flatMap((description) => {
    const [method, location] = membersOf(description);
    if (method?.tag !== tags.oid || location?.tag !== uriTag) return [];
    return oidOf(method) === ocspMethod ? [textOf(location)] : [];
  });
}

function textOf({ content }: DerValue): string {
  return Buffer.from(content).toString('latin1');
}
