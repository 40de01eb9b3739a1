/** Entries as a log with API 1 writes them. */
import Type from 'typebox';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';
import { strictBase64 } from '../json/base64.ts';
import { isJsonObject, parseStrictJson } from '../json/strict-json.ts';
import { leafHash } from '../verify/merkle.ts';
import { invalidAnswer } from './service-http.ts';
import type { ServiceRequest } from './service-http.ts';
import type { LogEntry } from './services.ts';

const hex32 = Type.String({ pattern: '^[0-9a-f]{64}$' });
const whole = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** The name of an entry: its tree, which may be left out, and the hash of its content. */
export const uuid = /^(?:[0-9a-f]{16})?[0-9a-f]{64}$/u;

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
 * The one entry in an object whose member it is. Hexadecimal names and hashes become bytes here, once.
 *
 * @throws Fault `service-answer-invalid`
 */
export function readLogEntry(request: ServiceRequest, parsed: unknown): LogEntry {
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

function fromHex(text: string): Uint8Array {
  return Buffer.from(text, 'hex');
}
