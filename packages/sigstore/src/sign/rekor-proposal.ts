/** What is proposed to a log with API 1: `hashedrekord` 0.0.1, `dsse` 0.0.1 and `intoto` 0.0.2. */
import { createHash } from 'node:crypto';
import { json } from '@sigstore/core';
import { writeEnvelope } from '../bundle/dsse.ts';
import { toBase64 } from '../json/base64.ts';
import { verifierPem } from './log-answer.ts';
import type { EnvelopeProposal, LogProposal } from './services.ts';

/** The JSON of a proposal. */
export function proposedEntry(proposal: LogProposal): object {
  switch (proposal.kind) {
    case 'hashedrekord':
      return {
        ...{ apiVersion: '0.0.1', kind: 'hashedrekord' },
        spec: {
          data: { hash: { algorithm: proposal.digestAlgorithm, value: Buffer.from(proposal.digest).toString('hex') } },
          signature: {
            content: toBase64(proposal.signature),
            publicKey: { content: toBase64(Buffer.from(verifierPem(proposal.verifier))) },
          },
        },
      };
    case 'dsse': {
      const verifiers = [toBase64(Buffer.from(verifierPem(proposal.verifier)))];
      // The log keeps the hash of this text: it has to be the one that the tag format stores.
      const envelope = writeEnvelope(proposal.payloadType, proposal.payload, proposal.signature);
      const proposedContent = { envelope: Buffer.from(envelope).toString('utf8'), verifiers };
      return { apiVersion: '0.0.1', kind: 'dsse', spec: { proposedContent } };
    }
    case 'intoto':
      return { apiVersion: '0.0.2', kind: 'intoto', spec: { content: intotoContent(proposal) } };
  }
}

/** Payload and signature are encoded twice there; the hash is over the canonical envelope with the key in it. */
function intotoContent(proposal: EnvelopeProposal): object {
  const { payloadType } = proposal;
  const pem = verifierPem(proposal.verifier);
  const payload = toBase64(proposal.payload);
  const sig = toBase64(proposal.signature);
  const hashed = json.canonicalize({ payloadType, payload, signatures: [{ sig, publicKey: pem }] });
  const twice = (text: string): string => toBase64(Buffer.from(text));
  return {
    envelope: { payloadType, payload: twice(payload), signatures: [{ sig: twice(sig), publicKey: twice(pem) }] },
    hash: sha256Of(Buffer.from(hashed)),
    payloadHash: sha256Of(proposal.payload),
  };
}

function sha256Of(bytes: Uint8Array): { readonly algorithm: string; readonly value: string } {
  return { algorithm: 'sha256', value: createHash('sha256').update(bytes).digest('hex') };
}
