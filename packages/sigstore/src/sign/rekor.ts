/** Entries in a log with API 1 of Rekor: `hashedrekord` 0.0.1, `dsse` 0.0.1 and `intoto` 0.0.2. */
import { createHash } from 'node:crypto';
import { json } from '@sigstore/core';
import Type from 'typebox';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';
import { writeEnvelope } from '../bundle/dsse.ts';
import { sigstoreFault } from '../errors.ts';
import { strictBase64, toBase64 } from '../json/base64.ts';
import { isJsonObject, parseStrictJson } from '../json/strict-json.ts';
import { leafHash } from '../verify/merkle.ts';
import { checkedEntry, logAnswerLimit, verifierPem } from './log-answer.ts';
import { callService, invalidAnswer, jsonOf, refusedBy } from './service-http.ts';
import type { ServiceAccess, ServiceAnswer, ServiceRequest } from './service-http.ts';
import { joinUrl } from './service-url.ts';
import type { EnvelopeProposal, LogEntry, LogProposal, TransparencyLog } from './services.ts';

/** Which log, and how it is reached. */
export interface RekorOptions {
  readonly url: string;
  readonly access: ServiceAccess;
}

const hex32 = Type.String({ pattern: '^[0-9a-f]{64}$' });
const whole = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const uuid = /^(?:[0-9a-f]{16})?[0-9a-f]{64}$/u;

const entrySchema = Type.Object({
  body: Type.String(),
  integratedTime: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  logID: hex32,
  logIndex: whole,
  verification: Type.Object({
    signedEntryTimestamp: Type.String(),
    inclusionProof: Type.Object({
      checkpoint: Type.String({ maxLength: 64 * 1024 }),
      hashes: Type.Array(hex32, { maxItems: 64 }),
      logIndex: whole,
      rootHash: hex32,
      treeSize: whole,
    }),
  }),
});

/**
 * A log that speaks API 1.
 *
 * @throws Fault from `add`: `service-…`, `log-conflict` when an equal entry is said to exist and cannot be read
 */
export function rekorLog({ url, access }: RekorOptions): TransparencyLog {
  return {
    ...{ url, apiVersion: 1 },
    async add(proposal) {
      const request: ServiceRequest = {
        ...{ what: 'the transparency log', method: 'POST', limitBytes: logAnswerLimit },
        url: joinUrl(url, '/api/v1/log/entries'),
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(proposedEntry(proposal)),
      };
      const answer = await callService(access, request);
      if (answer.status === 409) return existing({ url, access }, answer, proposal);
      if (answer.status !== 201 && answer.status !== 200) throw refusedBy(request, answer, refusalHint);
      return checkedEntry(request, entryOf(request, answer), proposal);
    },
  };
}

const refusalHint =
  'Check that the address is that of a Rekor server with API 1; use a signing configuration for API 2.';

/** The log keeps one of two equal entries and says where. Only the entry's name is taken from the header, not a host. */
async function existing(options: RekorOptions, conflict: ServiceAnswer, proposal: LogProposal): Promise<LogEntry> {
  const name = (conflict.headers.get('location') ?? '').split('/').at(-1) ?? '';
  if (!uuid.test(name)) throw conflictFault(options.url, 'it does not say where');
  const request: ServiceRequest = {
    ...{ what: 'the transparency log', method: 'GET', limitBytes: logAnswerLimit },
    url: joinUrl(options.url, `/api/v1/log/entries/${name}`),
    headers: { accept: 'application/json' },
  };
  const answer = await callService(options.access, request);
  if (answer.status !== 200) throw conflictFault(options.url, `asked for it, it answers with status ${answer.status}`);
  return checkedEntry(request, entryOf(request, answer), proposal);
}

function conflictFault(url: string, detail: string): Error {
  return sigstoreFault({
    code: 'log-conflict',
    message: `The transparency log at ${url} says that an equal entry exists, but ${detail}.`,
    hint: 'Try again; if it stays, ask the operator of the log: it contradicts itself.',
    values: { url, detail },
  });
}

/** Hexadecimal names and hashes become bytes here, once. */
function entryOf(request: ServiceRequest, answer: ServiceAnswer): LogEntry {
  const parsed = jsonOf(request, answer);
  const [only, second] = isJsonObject(parsed) ? Object.entries(parsed) : [];
  if (only === undefined || second !== undefined) throw invalidAnswer(request, 'it does not hold exactly one entry');
  const [name, value] = only;
  if (!Value.Check(entrySchema, value)) throw invalidAnswer(request, 'it is not an entry with promise and proof');
  const canonicalizedBody = strictBase64(value.body);
  const signedEntryTimestamp = strictBase64(value.verification.signedEntryTimestamp);
  if (canonicalizedBody === undefined || signedEntryTimestamp === undefined || signedEntryTimestamp.length === 0) {
    throw invalidAnswer(request, 'body or promise are not base64');
  }
  if (!uuid.test(name) || name.slice(-64) !== Buffer.from(leafHash(canonicalizedBody)).toString('hex')) {
    throw invalidAnswer(request, 'the name of the entry is not the hash of its content');
  }
  return {
    ...{ logIndex: value.logIndex, logId: fromHex(value.logID), ...kindOf(request, canonicalizedBody) },
    ...{ integratedTime: value.integratedTime, signedEntryTimestamp, canonicalizedBody },
    inclusionProof: proofOf(value.verification.inclusionProof),
  };
}

function proofOf(
  proof: Static<typeof entrySchema>['verification']['inclusionProof'],
): NonNullable<LogEntry['inclusionProof']> {
  const { logIndex, treeSize, checkpoint } = proof;
  return { logIndex, treeSize, checkpoint, rootHash: fromHex(proof.rootHash), hashes: proof.hashes.map(fromHex) };
}

const kindSchema = Type.Object({ kind: Type.String({ maxLength: 64 }), apiVersion: Type.String({ maxLength: 16 }) });

function kindOf(request: ServiceRequest, body: Uint8Array): { readonly kind: string; readonly version: string } {
  const parsed = parseStrictJson(body);
  if (!parsed.ok || !Value.Check(kindSchema, parsed.value)) throw invalidAnswer(request, 'the entry has no kind');
  return { kind: parsed.value.kind, version: parsed.value.apiVersion };
}

function proposedEntry(proposal: LogProposal): object {
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

function fromHex(text: string): Uint8Array {
  return Buffer.from(text, 'hex');
}
