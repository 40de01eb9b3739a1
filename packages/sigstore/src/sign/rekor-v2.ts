/** Entries in a log with API 2 of Rekor (tiles): `hashedrekord` 0.0.2, a proof and no time. */
import { createHash } from 'node:crypto';
import { dsse } from '@sigstore/core';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { sigstoreFault } from '../errors.ts';
import { tolerantBase64, toBase64 } from '../json/base64.ts';
import { algorithmName, publicKeyFromCertificate, publicKeyFromSpki } from '../keys/public-key.ts';
import type { KeyAlgorithm } from '../keys/public-key.ts';
import { checkedEntry, logAnswerLimit } from './log-answer.ts';
import type { RekorOptions } from './rekor.ts';
import { callService, invalidAnswer, jsonOf, refusedBy } from './service-http.ts';
import type { ServiceAnswer, ServiceRequest } from './service-http.ts';
import { joinUrl } from './service-url.ts';
import type { LogEntry, LogProposal, LogVerifier, TransparencyLog } from './services.ts';

// The log answers when the entry is in a published tree, which may take some ten seconds.
const inclusionTimeout = 60_000;

/** 64-bit numbers are text in the JSON of protocol buffers; a number is read too. */
const whole = Type.Union([
  Type.String({ pattern: '^[0-9]{1,15}$' }),
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
]);

const entrySchema = Type.Object({
  logIndex: Type.Optional(whole),
  logId: Type.Object({ keyId: Type.String() }),
  kindVersion: Type.Object({ kind: Type.String({ maxLength: 64 }), version: Type.String({ maxLength: 16 }) }),
  inclusionProof: Type.Object({
    logIndex: Type.Optional(whole),
    rootHash: Type.String(),
    treeSize: whole,
    hashes: Type.Optional(Type.Array(Type.String(), { maxItems: 64 })),
    checkpoint: Type.Object({ envelope: Type.String({ maxLength: 64 * 1024 }) }),
  }),
  canonicalizedBody: Type.String(),
});

/**
 * A log that speaks API 2. An envelope is logged as the signature over its pre-authentication encoding.
 *
 * @throws Fault from `add`: `service-…`, `log-conflict`, `log-proposal-unsupported`
 */
export function rekorV2Log({ url, access }: RekorOptions): TransparencyLog {
  return {
    ...{ url, apiVersion: 2 },
    async add(proposal) {
      const request: ServiceRequest = {
        ...{ what: 'the transparency log', method: 'POST', limitBytes: logAnswerLimit },
        url: joinUrl(url, '/api/v2/log/entries'),
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ hashedRekordRequestV002: proposedEntry(proposal) }),
        timeoutMs: inclusionTimeout,
      };
      const answer = await callService(access, request);
      if (answer.status === 409) throw conflict(url);
      if (answer.status !== 201 && answer.status !== 200) throw refusedBy(request, answer, refusalHint);
      return checkedEntry(request, entryOf(request, answer), proposal);
    },
  };
}

const refusalHint = 'Check that the address is that of a Rekor server with API 2; use `--rekor-url` for API 1.';

function proposedEntry(proposal: LogProposal): object {
  const digest =
    proposal.kind === 'hashedrekord'
      ? proposal.digest
      : createHash(proposal.digestAlgorithm)
          .update(dsse.preAuthEncoding(proposal.payloadType, Buffer.from(proposal.payload)))
          .digest();
  return {
    digest: toBase64(digest),
    signature: { content: toBase64(proposal.signature), verifier: verifierOf(proposal) },
  };
}

function verifierOf({ verifier, digestAlgorithm }: LogProposal): object {
  const rawBytes = toBase64(verifier.der);
  return {
    keyDetails: keyDetails(algorithmOf(verifier), digestAlgorithm),
    ...(verifier.kind === 'certificate' ? { x509Certificate: { rawBytes } } : { publicKey: { rawBytes } }),
  };
}

function algorithmOf(verifier: LogVerifier): KeyAlgorithm {
  return verifier.kind === 'certificate'
    ? publicKeyFromCertificate(verifier.der).algorithm
    : publicKeyFromSpki(verifier.der).algorithm;
}

/** Names of the algorithm registry in the protocol's specification. */
function keyDetails(algorithm: KeyAlgorithm, digest: LogProposal['digestAlgorithm']): string {
  const name =
    algorithm.kind === 'rsa' ? `rsa-${algorithm.bits}` : algorithm.kind === 'ec' ? algorithm.curve : 'ed25519';
  const details = registry[`${name} ${digest}`];
  if (details !== undefined) return details;
  throw sigstoreFault({
    code: 'log-proposal-unsupported',
    message: `A transparency log with API 2 keeps no signatures of ${algorithmName(algorithm)} with ${digest}.`,
    hint: 'Sign with ECDSA P-256, or use a log with API 1.',
    values: { algorithm: algorithmName(algorithm), digest },
  });
}

const registry: Readonly<Record<string, string>> = {
  'P-256 sha256': 'PKIX_ECDSA_P256_SHA_256',
  'P-384 sha384': 'PKIX_ECDSA_P384_SHA_384',
  'P-521 sha512': 'PKIX_ECDSA_P521_SHA_512',
  'rsa-2048 sha256': 'PKIX_RSA_PKCS1V15_2048_SHA256',
  'rsa-3072 sha256': 'PKIX_RSA_PKCS1V15_3072_SHA256',
  'rsa-4096 sha256': 'PKIX_RSA_PKCS1V15_4096_SHA256',
  'ed25519 sha512': 'PKIX_ED25519_PH',
};

function entryOf(request: ServiceRequest, answer: ServiceAnswer): LogEntry {
  const value = jsonOf(request, answer);
  if (!Value.Check(entrySchema, value)) throw invalidAnswer(request, 'it is not an entry with its proof');
  const bytes = (text: string): Uint8Array => {
    const decoded = tolerantBase64(text);
    if (decoded === undefined) throw invalidAnswer(request, 'a part of the entry is not base64');
    return decoded;
  };
  const { inclusionProof: proof } = value;
  return {
    ...{ logIndex: Number(value.logIndex ?? 0), logId: bytes(value.logId.keyId) },
    ...{ kind: value.kindVersion.kind, version: value.kindVersion.version },
    canonicalizedBody: bytes(value.canonicalizedBody),
    inclusionProof: {
      ...{ logIndex: Number(proof.logIndex ?? 0), treeSize: Number(proof.treeSize) },
      ...{ rootHash: bytes(proof.rootHash), hashes: (proof.hashes ?? []).map(bytes) },
      checkpoint: proof.checkpoint.envelope,
    },
  };
}

function conflict(url: string): Error {
  return sigstoreFault({
    code: 'log-conflict',
    message: `The transparency log at ${url} says that an equal entry exists and does not hand it out.`,
    hint: 'Sign again: a new signature makes a new entry.',
    values: { url },
  });
}
