/**
 * A transparency log that answers as Rekor does with API 2: a proof under an Ed25519 checkpoint, no time, no promise.
 */
import { X509Certificate, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { dsse } from '@sigstore/core';
import Type from 'typebox';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';
import { checkpoint, noteKeyId } from './checkpoint.ts';
import { jsonAnswer, refusal } from './http.ts';
import type { Answer, Ask } from './http.ts';
import { sha256 } from './keys.ts';
import type { RekorParts } from './rekor.ts';
import { Refused, canonical, verifiesDigest } from './log-entries.ts';
import { auditPath, leafHash, treeHead } from './merkle.ts';

const rawBytes = Type.Object({ rawBytes: Type.String() });
const verifier = Type.Object({
  keyDetails: Type.String(),
  publicKey: Type.Optional(rawBytes),
  x509Certificate: Type.Optional(rawBytes),
});
const hashedRekordRequest = Type.Object({
  digest: Type.String(),
  signature: Type.Object({ content: Type.String(), verifier }),
});
const dsseRequest = Type.Object({
  envelope: Type.Object({
    payload: Type.String(),
    payloadType: Type.String(),
    signatures: Type.Array(Type.Object({ sig: Type.String() }), { minItems: 1 }),
  }),
  verifiers: Type.Array(verifier, { minItems: 1 }),
});
const createEntryRequest = Type.Object({
  hashedRekordRequestV002: Type.Optional(hashedRekordRequest),
  dsseRequestV002: Type.Optional(dsseRequest),
});

type Verifier = Static<typeof verifier>;

/** The handler of a new, empty log. */
export function rekorV2(parts: RekorParts): (ask: Ask) => Answer {
  const bodies: Buffer[] = [];
  return (ask) => {
    if (ask.method !== 'POST' || ask.path !== '/api/v2/log/entries') return refusal(404, 'not found');
    try {
      const request: unknown = JSON.parse(ask.body.toString());
      const { kind, body } = entryOf(Value.Parse(createEntryRequest, request));
      const again = bodies.findIndex((one) => one.equals(body));
      if (again >= 0) return refusal(409, 'an equivalent entry already exists in the log');
      bodies.push(body);
      return jsonAnswer(201, present(parts, bodies, kind));
    } catch (error) {
      if (error instanceof Refused || error instanceof SyntaxError) return refusal(400, error.message);
      throw error;
    }
  };
}

interface Entry {
  readonly kind: string;
  readonly body: Buffer;
}

function entryOf(request: Static<typeof createEntryRequest>): Entry {
  const { hashedRekordRequestV002: message, dsseRequestV002: envelope } = request;
  if (message !== undefined) return { kind: 'hashedrekord', body: canonical(hashedRekordBody(message)) };
  if (envelope !== undefined) return { kind: 'dsse', body: canonical(dsseBody(envelope)) };
  throw new Refused('the request proposes nothing this log keeps');
}

function hashedRekordBody(request: Static<typeof hashedRekordRequest>): object {
  const { content, verifier: by } = request.signature;
  if (!verifiesDigest(keyOf(by), Buffer.from(request.digest, 'base64'), Buffer.from(content, 'base64'))) {
    throw new Refused('the signature could not be verified');
  }
  const algorithm = by.keyDetails.endsWith('SHA_384') ? 'SHA2_384' : 'SHA2_256';
  const hashedRekordV002 = { data: { algorithm, digest: request.digest }, signature: { content, verifier: by } };
  return { apiVersion: '0.0.2', kind: 'hashedrekord', spec: { hashedRekordV002 } };
}

function dsseBody({ envelope, verifiers }: Static<typeof dsseRequest>): object {
  const [by] = verifiers as [Verifier];
  const [{ sig }] = envelope.signatures as [{ sig: string }];
  const payload = Buffer.from(envelope.payload, 'base64');
  const encoded = dsse.preAuthEncoding(envelope.payloadType, payload);
  if (!verify('sha256', encoded, keyOf(by), Buffer.from(sig, 'base64'))) {
    throw new Refused('the signature of the envelope could not be verified');
  }
  const payloadHash = { algorithm: 'SHA2_256', digest: sha256(payload).toString('base64') };
  const dsseV002 = { payloadHash, signatures: [{ content: sig, verifier: by }] };
  return { apiVersion: '0.0.2', kind: 'dsse', spec: { dsseV002 } };
}

function keyOf({ publicKey, x509Certificate }: Verifier): KeyObject {
  if (x509Certificate !== undefined) {
    return new X509Certificate(Buffer.from(x509Certificate.rawBytes, 'base64')).publicKey;
  }
  const key = Buffer.from(publicKey?.rawBytes ?? '', 'base64');
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

/** In the JSON of protocol buffers: 64-bit numbers as text, zero and empty left out. */
function present(parts: RekorParts, bodies: readonly Buffer[], kind: string): object {
  const leaves = bodies.map((one) => leafHash(one));
  const index = leaves.length - 1;
  const root = treeHead(leaves);
  const hashes = auditPath(leaves, index).map((one) => one.toString('base64'));
  const envelope = checkpoint(parts.key, { origin: parts.host, signer: parts.host, size: leaves.length, root });
  const logIndex = index === 0 ? {} : { logIndex: String(index) };
  return {
    ...logIndex,
    logId: { keyId: noteKeyId(parts.key, parts.host).toString('base64') },
    kindVersion: { kind, version: '0.0.2' },
    inclusionProof: {
      ...{ ...logIndex, rootHash: root.toString('base64'), treeSize: String(leaves.length) },
      ...{ ...(hashes.length > 0 && { hashes }), checkpoint: { envelope } },
    },
    canonicalizedBody: bodies[index]?.toString('base64'),
  };
}
