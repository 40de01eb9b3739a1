/**
 * Transparency log: that an entry about this signature was promised (SET) or is included (proof and checkpoint), by a log that
 * is trusted, in the time that log counts.
 */
import type { LogEntry, LogInclusionProof } from '../sign/services.ts';
import { checkSignature } from '../keys/algorithms.ts';
import { toBase64 } from '../json/base64.ts';
import { countsAt, logName } from '../trust/trust-material.ts';
import type { TrustedLog } from '../trust/trust-material.ts';
import { sameBytes, toHex } from './bytes.ts';
import { held, stopped } from './check.ts';
import type { Checked, Stopped } from './check.ts';
import { isSignedBy, logSchemes, parseCheckpoint } from './checkpoint.ts';
import { bindBody } from './log-body.ts';
import type { LoggedContent } from './log-body.ts';
import { leafHash, rootOf } from './merkle.ts';
import type { VerifiedLogEntry } from './verdict.ts';

/** Entries with what they must be about. */
export interface LogQuestion {
  readonly entries: readonly LogEntry[];
  readonly logged: LoggedContent;
  readonly logs: readonly TrustedLog[];
  /** Bundles from 0.2 on must prove inclusion; a promise alone is enough only in older ones and in the tag format. */
  readonly proofRequired: boolean;
  /** When timestamp authorities say the signature existed: an entry without a time of its own must fit to one of them. */
  readonly vouched?: readonly Date[];
}

// The limit of the bundle format; more could only serve to keep a verifier busy.
const entryLimit = 32;

/**
 * Verifies the entries: those of unknown logs are passed over, a wrong one of a known log is fatal, at least one must hold.
 */
export function verifyLog(question: LogQuestion): Checked<readonly VerifiedLogEntry[]> {
  const { entries, logs } = question;
  if (entries.length === 0) return noEntry();
  if (entries.length > entryLimit) return invalid(`carries ${entries.length} log entries, more than ${entryLimit}`);
  if (hasDuplicates(entries)) return invalid('carries the same log entry twice');
  const verified: VerifiedLogEntry[] = [];
  for (const entry of entries) {
    // A log may be listed once for each time it counted.
    const known = logs.filter(({ logId }) => sameBytes(logId, entry.logId));
    const results = known.map((log) => verifyEntry(entry, log, question));
    const result = results.find(({ ok }) => ok) ?? results[0];
    if (result === undefined) continue;
    if (!result.ok) return result;
    verified.push(result.value);
  }
  return verified.length > 0 ? held(verified) : unknownLogs(entries);
}

/** One entry of a known log. */
function verifyEntry(entry: LogEntry, log: TrustedLog, question: LogQuestion): Checked<VerifiedLogEntry> {
  const { signedEntryTimestamp: promise, inclusionProof: proof } = entry;
  if (promise === undefined && proof === undefined) return invalid('has neither a promise nor a proof of inclusion');
  if (proof === undefined && question.proofRequired) return invalid('has no proof of inclusion');
  if (promise !== undefined && !promiseHolds(entry, promise, log)) {
    return invalid(`has a promise that ${logName(log)} did not sign, or not for this entry`);
  }
  const flaw = proof === undefined ? undefined : flawInProof(entry, proof, log);
  if (flaw !== undefined) return invalid(flaw);
  const binding = bindBody(
    { body: entry.canonicalizedBody, kind: entry.kind, version: entry.version },
    question.logged,
  );
  if (!binding.fits) {
    return stopped(
      'log-body-mismatch',
      `The log entry ${entry.logIndex} of ${logName(log)} ${binding.detail}.`,
      'The entry belongs to another signature. Sign the image again.',
    );
  }
  // Only a promise vouches for the time: the proof does not cover it.
  const time = promise === undefined || entry.integratedTime === undefined ? undefined : seconds(entry.integratedTime);
  if (time !== undefined && Number.isNaN(time.getTime())) return invalid('was made at a time no calendar has');
  // The key of a log that counts no more must not make new entries count: what has no time takes that of the timestamps.
  const times = time === undefined ? (question.vouched ?? []) : [time];
  const [first] = times;
  if (first !== undefined && !times.some((at) => countsAt(log.validFor, at))) return outsideOfLog(first, log);
  return held({
    log: logName(log),
    logId: toHex(entry.logId),
    logIndex: entry.logIndex,
    by: [
      ...(promise === undefined ? [] : (['promise'] as const)),
      ...(proof === undefined ? [] : (['proof'] as const)),
    ],
    ...(time === undefined ? {} : { time }),
  });
}

/** The promise is over the RFC 8785 form of four members, whose order by name is fixed. */
function promiseHolds(entry: LogEntry, promise: Uint8Array, log: TrustedLog): boolean {
  if (entry.integratedTime === undefined) return false;
  const signed = JSON.stringify({
    body: toBase64(entry.canonicalizedBody),
    integratedTime: entry.integratedTime,
    logID: toHex(entry.logId),
    logIndex: entry.logIndex,
  });
  const check = { publicKey: log.key, message: Buffer.from(signed), signature: promise };
  return checkSignature({ ...check, schemes: logSchemes(log.key) }) !== undefined;
}

function flawInProof(entry: LogEntry, proof: LogInclusionProof, log: TrustedLog): string | undefined {
  const checkpoint = parseCheckpoint(proof.checkpoint);
  if (checkpoint === undefined) return 'has a checkpoint that cannot be read';
  if (!isSignedBy(checkpoint, log)) return `has a checkpoint that ${logName(log)} did not sign`;
  if (checkpoint.treeSize !== proof.treeSize) return 'has a proof for a tree of another size than its checkpoint';
  if (!sameBytes(checkpoint.rootHash, proof.rootHash)) return 'has a proof for another root than its checkpoint';
  const root = rootOf(leafHash(entry.canonicalizedBody), {
    index: proof.logIndex,
    treeSize: proof.treeSize,
    hashes: proof.hashes,
  });
  if (root === undefined || !sameBytes(root, proof.rootHash)) return 'has a proof that does not lead to its root';
  return undefined;
}

function hasDuplicates(entries: readonly LogEntry[]): boolean {
  const bodies = new Set(entries.map((entry) => `${toHex(entry.logId)} ${toBase64(entry.canonicalizedBody)}`));
  const places = new Set(entries.map((entry) => `${toHex(entry.logId)} ${entry.logIndex}`));
  return bodies.size !== entries.length || places.size !== entries.length;
}

function seconds(value: number): Date {
  return new Date(value * 1000);
}

function noEntry(): Stopped {
  return stopped(
    'log-entry-missing',
    'The signature has no entry of a transparency log, and one is required.',
    'Sign with the log (without --tlog-upload=false), or verify with --insecure-ignore-tlog if none is used.',
  );
}

function unknownLogs(entries: readonly LogEntry[]): Stopped {
  const ids = entries.map(({ logId }) => toHex(logId)).join(', ');
  return stopped(
    'log-unknown',
    `The log entry was made by log ${ids}, which is not trusted here.`,
    'Add that log to the trusted root (--trusted-root or SIGSTORE_REKOR_PUBLIC_KEY), or refresh it with `trust update`.',
  );
}

function outsideOfLog(time: Date, log: TrustedLog): Stopped {
  return invalid(`was made at ${time.toISOString()}, outside of the time ${logName(log)} counts`);
}

function invalid(what: string): Stopped {
  return stopped(
    'log-invalid',
    `The log entry ${what}.`,
    'The entry was altered, or comes from a log that pretends to be another. Sign the image again.',
  );
}
