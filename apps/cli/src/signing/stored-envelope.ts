import type { Candidate } from '@pratique/sigstore';

/** The signed envelope of an attestation as one line of JSON: the stored one, or the one inside a bundle. */
export function storedEnvelope(candidate: Candidate | undefined): string | undefined {
  if (candidate === undefined) return undefined;
  if (candidate.format === 'legacy')
    return candidate.payload.state === 'read' ? oneLine(candidate.payload.bytes) : undefined;
  if (candidate.bundle.state !== 'read') return undefined;
  const { dsseEnvelope } = JSON.parse(Buffer.from(candidate.bundle.bytes).toString('utf8')) as {
    dsseEnvelope?: unknown;
  };
  return dsseEnvelope === undefined ? undefined : JSON.stringify(dsseEnvelope);
}

/** JSON bytes as one line. */
export function oneLine(bytes: Uint8Array): string {
  return JSON.stringify(JSON.parse(Buffer.from(bytes).toString('utf8')));
}
