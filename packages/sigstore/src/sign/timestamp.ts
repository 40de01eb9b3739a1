/** Timestamps over signatures (RFC 3161). */
import { createHash } from 'node:crypto';
import { parseTimestamp } from '../verify/timestamp-token.ts';
import { callService, contentType, invalidAnswer, refusedBy } from './service-http.ts';
import type { ServiceAccess, ServiceRequest } from './service-http.ts';
import type { TimestampAuthority } from './services.ts';

/** Which authority, and how it is reached. */
export interface TimestampOptions {
  /** The full address that queries are posted to. */
  readonly url: string;
  /** With {@link mutualTlsFetch} inside where the authority asks for a client certificate. */
  readonly access: ServiceAccess;
  /** So many unpredictable bytes: an answer to an older query must not pass for one to this. */
  readonly randomBytes: (length: number) => Uint8Array;
}

// A response with a chain of three certificates takes about 6 KiB.
const answerLimit = 256 * 1024;

/**
 * An authority that speaks RFC 3161 over HTTP (section 3.4).
 *
 * @throws Fault from `stamp`: `service-…`; an answer that is not granted or not about this signature is
 * `service-answer-invalid`. Whether the authority is one to be trusted is not asked here.
 */
export function timestampAuthority({ url, access, randomBytes }: TimestampOptions): TimestampAuthority {
  return {
    url,
    async stamp(signature) {
      const hash = createHash('sha256').update(signature).digest();
      const nonce = Buffer.from(randomBytes(8));
      const request: ServiceRequest = {
        ...{ what: 'the timestamp authority', method: 'POST', url, limitBytes: answerLimit },
        headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' },
        body: timestampQuery(hash, nonce),
      };
      const answer = await callService(access, request);
      if (answer.status !== 200 && answer.status !== 201) throw refusedBy(request, answer, refusalHint);
      const type = contentType(answer);
      if (type !== 'application/timestamp-reply') {
        throw invalidAnswer(request, `it is of type ${type || 'unknown'}, not a timestamp reply`);
      }
      checkReply(request, answer.body, { hash, nonce });
      return answer.body;
    },
  };
}

const refusalHint =
  'Give the full address of the time-stamping operation, as in https://tsa.example.com/api/v1/timestamp.';

interface Asked {
  readonly hash: Buffer;
  readonly nonce: Buffer;
}

function checkReply(request: ServiceRequest, reply: Uint8Array, { hash, nonce }: Asked): void {
  const token = parseTimestamp(reply);
  if (token === undefined) throw invalidAnswer(request, 'it is no granted timestamp');
  if (token.imprint.digest !== 'sha256' || !Buffer.from(token.imprint.hash).equals(hash)) {
    throw invalidAnswer(request, 'the timestamp is about something else');
  }
  if (!Buffer.from(token.content).includes(integer(nonce))) {
    throw invalidAnswer(request, 'the timestamp answers another query');
  }
}

/** TimeStampReq of RFC 3161 section 2.4.1: SHA-256, a nonce, and the signing certificate wanted in the answer. */
function timestampQuery(hash: Buffer, nonce: Buffer): Buffer {
  const sha256 = Buffer.from('06096086480165030402010500', 'hex');
  const imprint = der(0x30, der(0x30, sha256), der(0x04, hash));
  return der(0x30, integer(Buffer.from([1])), imprint, integer(nonce), der(0x01, Buffer.from([0xff])));
}

/** A whole number that is not negative, in the shortest form. */
function integer(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = first < 0 ? Buffer.from([0]) : bytes.subarray(first);
  return (short[0] ?? 0) >= 0x80 ? der(0x02, Buffer.from([0]), short) : der(0x02, short);
}

/** All parts here stay below 128 bytes, where the length is one byte. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, content.length]), content]);
}
