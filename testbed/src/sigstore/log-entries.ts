/** What is proposed to a log, checked and made canonical as Rekor does it. */
import { X509Certificate, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { p256, p384 } from '@noble/curves/nist.js';
import { dsse, json } from '@sigstore/core';
import Type from 'typebox';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';
import { sha256 } from './keys.ts';

const hash = Type.Object({ algorithm: Type.String(), value: Type.String() });

const hashedRekord = Type.Object({
  kind: Type.Literal('hashedrekord'),
  apiVersion: Type.Literal('0.0.1'),
  spec: Type.Object({
    data: Type.Object({ hash }),
    signature: Type.Object({ content: Type.String(), publicKey: Type.Object({ content: Type.String() }) }),
  }),
});
const dsseEntry = Type.Object({
  kind: Type.Literal('dsse'),
  apiVersion: Type.Literal('0.0.1'),
  spec: Type.Object({
    proposedContent: Type.Object({ envelope: Type.String(), verifiers: Type.Array(Type.String(), { minItems: 1 }) }),
  }),
});
const intotoEntry = Type.Object({
  kind: Type.Literal('intoto'),
  apiVersion: Type.Literal('0.0.2'),
  spec: Type.Object({
    content: Type.Object({
      envelope: Type.Object({
        payloadType: Type.String(),
        payload: Type.String(),
        signatures: Type.Array(Type.Object({ sig: Type.String(), publicKey: Type.String() }), { minItems: 1 }),
      }),
      hash: Type.Optional(hash),
    }),
  }),
});
const envelope = Type.Object({
  payloadType: Type.String(),
  payload: Type.String(),
  signatures: Type.Array(Type.Object({ sig: Type.String() }), { minItems: 1 }),
});

/** Why a proposal is refused; the message is shown to who proposed it. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/**
 * The canonical bytes of an entry for a proposal.
 *
 * @throws Refused for an unknown kind, a missing part or a signature that does not verify
 */
export function canonicalEntry(proposal: unknown): Buffer {
  if (Value.Check(hashedRekord, proposal)) return canonical(hashedRekordBody(proposal));
  if (Value.Check(dsseEntry, proposal)) return canonical(dsseBody(proposal));
  if (Value.Check(intotoEntry, proposal)) return canonical(intotoBody(proposal));
  throw new Refused('the proposed entry is of no kind this log keeps');
}

/** JSON in the form of RFC 8785. */
export function canonical(value: unknown): Buffer {
  return Buffer.from(json.canonicalize(value as Parameters<typeof json.canonicalize>[0]));
}

/** A key from PEM, of a certificate or of its own. */
export function keyFromPem(pem: string): KeyObject {
  return pem.includes('BEGIN CERTIFICATE') ? new X509Certificate(pem).publicKey : createPublicKey(pem);
}

/** Whether a signature over bytes of which only the digest is known is good; ECDSA only. */
export function verifiesDigest(key: KeyObject, digest: Uint8Array, signature: Uint8Array): boolean {
  const curve = { prime256v1: p256, secp384r1: p384 }[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (curve === undefined) throw new Refused('this log keeps ECDSA signatures only where it knows no bytes');
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return curve.verify(signature, digest, point, { prehash: false, lowS: false, format: 'der' });
}

function hashedRekordBody({ kind, apiVersion, spec }: Static<typeof hashedRekord>): object {
  const key = keyFromPem(decode(spec.signature.publicKey.content).toString());
  const digest = Buffer.from(spec.data.hash.value, 'hex');
  if (!verifiesDigest(key, digest, decode(spec.signature.content))) {
    throw new Refused('verifying signature: invalid signature when validating ASN.1 encoded signature');
  }
  const { content, publicKey } = spec.signature;
  const { algorithm, value } = spec.data.hash;
  return {
    ...{ apiVersion, kind },
    spec: { data: { hash: { algorithm, value } }, signature: { content, publicKey: { content: publicKey.content } } },
  };
}

function dsseBody({ kind, apiVersion, spec }: Static<typeof dsseEntry>): object {
  const { proposedContent } = spec;
  const parsed = Value.Parse(envelope, JSON.parse(proposedContent.envelope));
  const [verifier = ''] = proposedContent.verifiers;
  const [{ sig }] = parsed.signatures as [{ sig: string }];
  checkEnvelope(decode(verifier).toString(), parsed, sig);
  return {
    ...{ apiVersion, kind },
    spec: {
      envelopeHash: sha256Of(Buffer.from(proposedContent.envelope)),
      payloadHash: sha256Of(decode(parsed.payload)),
      signatures: [{ signature: sig, verifier }],
    },
  };
}

/** Payload and signature arrive encoded twice. */
function intotoBody({ kind, apiVersion, spec }: Static<typeof intotoEntry>): object {
  const { payloadType, payload, signatures } = spec.content.envelope;
  const [{ sig, publicKey }] = signatures as [{ sig: string; publicKey: string }];
  const once = { payloadType, payload: decode(payload).toString() };
  checkEnvelope(decode(publicKey).toString(), once, decode(sig).toString());
  return {
    ...{ apiVersion, kind },
    spec: {
      content: {
        envelope: { payloadType, signatures: [{ publicKey, sig }] },
        ...(spec.content.hash && { hash: spec.content.hash }),
        payloadHash: sha256Of(decode(once.payload)),
      },
    },
  };
}

function checkEnvelope(
  pem: string,
  parts: { readonly payloadType: string; readonly payload: string },
  sig: string,
): void {
  const encoded = dsse.preAuthEncoding(parts.payloadType, decode(parts.payload));
  const key = keyFromPem(pem);
  const pure = key.asymmetricKeyType === 'ed25519';
  if (!verify(pure ? null : 'sha256', encoded, key, decode(sig))) {
    throw new Refused('could not verify envelope: accepted signatures do not match threshold, Found: 0, Expected 1');
  }
}

function sha256Of(bytes: Uint8Array): Static<typeof hash> {
  return { algorithm: 'sha256', value: sha256(bytes).toString('hex') };
}

function decode(base64: string): Buffer {
  return Buffer.from(base64, 'base64');
}
