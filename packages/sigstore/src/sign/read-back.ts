/** Looking again at what was just stored, with the eyes of a reader: a signature that nobody can verify must not look like success. */
import { readChecked, readManifest } from '@pratique/oci';
import type { ContentStore, Waiting } from '@pratique/oci';
import { parseBundle } from '../bundle/bundle-parse.ts';
import { parseEnvelope, preAuthenticationEncoding } from '../bundle/dsse.ts';
import type { Envelope } from '../bundle/dsse.ts';
import { sigstoreFault } from '../errors.ts';
import { checkSignature } from '../keys/algorithms.ts';
import type { SignatureScheme } from '../keys/algorithms.ts';
import type { PublicKey } from '../keys/public-key.ts';

/** What must be found again. */
export interface ReadBack extends Waiting {
  readonly store: ContentStore;
  readonly publicKey: PublicKey;
  /** As it was stored. */
  readonly location: string;
}

/**
 * Fetches the content of a layer of the tag format and verifies it.
 *
 * @param signature Of the annotation; absent for an attestation, whose envelope has it.
 * @throws Fault `signature-readback-failed`, and what the store throws
 */
export async function readBackLayer(
  back: ReadBack,
  content: { readonly digest: string; readonly size: number },
  signature?: Uint8Array,
): Promise<void> {
  const bytes = await fetchBlob(back, content);
  const valid = signature === undefined ? envelopeHolds(parseEnvelope(bytes), back) : holds(bytes, signature, back);
  if (!valid) throw failed(back.location, 'its signature does not verify with the public key');
}

/**
 * Fetches the manifest of a bundle and the bundle, and verifies it.
 *
 * @throws Fault `signature-readback-failed`, and what the store throws
 */
export async function readBackBundle(back: ReadBack, manifestDigest: string): Promise<void> {
  const stored = await back.store.manifest(manifestDigest, back);
  const manifest = stored === undefined ? undefined : readManifest(stored, back.store.name);
  const [layer] = manifest?.kind === 'manifest' ? manifest.layers : [];
  if (layer === undefined) throw failed(back.location, 'its manifest is gone');
  const { content } = parseBundle(await fetchBlob(back, layer));
  if (content.kind !== 'envelope' || !envelopeHolds(content.envelope, back)) {
    throw failed(back.location, 'its signature does not verify with the public key');
  }
}

async function fetchBlob(
  back: ReadBack,
  content: { readonly digest: string; readonly size: number },
): Promise<Uint8Array> {
  const source = await back.store.blob(content, back);
  if (source === undefined) throw failed(back.location, `its content ${content.digest} is gone`);
  return readChecked(source, content, { from: back.store.name, limit: content.size });
}

function envelopeHolds({ payloadType, payload, signatures }: Envelope, back: ReadBack): boolean {
  const message = preAuthenticationEncoding(payloadType, payload);
  return signatures.some(({ signature }) => holds(message, signature, back));
}

// A signer may use any digest on purpose (--signature-digest-algorithm), so each is tried.
function holds(message: Uint8Array, signature: Uint8Array, { publicKey }: ReadBack): boolean {
  if (checkSignature({ publicKey, message, signature }) !== undefined) return true;
  const schemes = (['sha224', 'sha384', 'sha512'] as const).flatMap((digest): SignatureScheme[] => [
    { kind: 'ecdsa', digest },
    { kind: 'rsa-pkcs1', digest },
  ]);
  return checkSignature({ publicKey, message, signature, schemes }) !== undefined;
}

function failed(location: string, why: string): Error {
  return sigstoreFault({
    code: 'signature-readback-failed',
    message: `The signature was stored as ${location}, but ${why}.`,
    hint: 'The registry or a proxy before it changes or drops content. Verify the image, then sign it again.',
    values: { location },
  });
}
