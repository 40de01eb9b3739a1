/** Signature envelopes of the Notary Project as JWS and COSE say the same thing (signature specification, "Signature Envelope"). */
import type { Certificate } from '@pratique/sigstore';
import { parseCertificate } from '@pratique/sigstore';
import { excerpt } from '@pratique/runtime/fault';
import { readCose } from './cose.ts';
import type { EncodedEnvelope } from './encoded-envelope.ts';
import { Flaw, flawIn } from './flaw.ts';
import { readJws } from './jws.ts';
import { chainCertificates } from './limits.ts';

/** An envelope with its certificates parsed. */
export interface Envelope extends EncodedEnvelope {
  readonly chain: readonly Certificate[];
}

/** Media types of the layer, which choose the encoding. */
export const envelopeTypes = { jws: 'application/jose+json', cose: 'application/cose' } as const;

/** The envelope, or what is wrong with it in words that continue "the envelope …". Never throws. */
export function parseEnvelope(
  mediaType: string,
  bytes: Uint8Array,
): { readonly ok: true; readonly value: Envelope } | { readonly ok: false; readonly flaw: string } {
  return flawIn(() => {
    const encoded = readEncoded(mediaType, bytes);
    return { ...encoded, chain: chainOf(encoded.certificates) };
  });
}

function readEncoded(mediaType: string, bytes: Uint8Array): EncodedEnvelope {
  if (mediaType === envelopeTypes.jws) return readJws(bytes);
  if (mediaType === envelopeTypes.cose) return readCose(bytes);
  throw new Flaw(`has the media type ${excerpt(mediaType)}, which is neither JWS nor COSE`);
}

function chainOf(certificates: readonly Uint8Array[]): readonly Certificate[] {
  if (certificates.length === 0) throw new Flaw('has no certificate chain');
  if (certificates.length > chainCertificates)
    throw new Flaw(`has ${certificates.length} certificates, more than ${chainCertificates}`);
  return certificates.map((der, index) => {
    const certificate = parseCertificate(der);
    if (certificate === undefined) throw new Flaw(`has a certificate (number ${index + 1}) that cannot be read`);
    return certificate;
  });
}
