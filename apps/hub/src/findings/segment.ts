import { segmentHead } from './layout.ts';

/** The rows of one image as three parallel columns, ordered by CVE so that each CVE is one run. */
export interface Segment {
  /** Text index of the operating system; 0 when unknown. */
  readonly os: number;
  readonly facts: Uint32Array;
  readonly components: Uint32Array;
  /** Epoch seconds; 0 when unknown. */
  readonly firstSeen: Uint32Array;
}

/** The stored form: head, then the columns one after the other. */
export function encodeSegment(segment: Segment): Buffer {
  const rows = segment.facts.length;
  const words = new Uint32Array(segmentHead + 3 * rows);
  words[0] = rows;
  words[1] = segment.os;
  words.set(segment.facts, segmentHead);
  words.set(segment.components, segmentHead + rows);
  words.set(segment.firstSeen, segmentHead + 2 * rows);
  return Buffer.from(words.buffer);
}

/**
 * Reads a segment back.
 * @throws RangeError when the bytes are not a whole segment; storage is ours, so that is a defect.
 */
export function decodeSegment(bytes: Uint8Array): Segment {
  const words = alignedWords(bytes);
  const rows = words[0] ?? 0;
  if (words.length !== segmentHead + 3 * rows) {
    throw new RangeError(`a segment of ${rows} rows has ${words.length} words`);
  }
  return {
    os: words[1]!,
    facts: words.subarray(segmentHead, segmentHead + rows),
    components: words.subarray(segmentHead + rows, segmentHead + 2 * rows),
    firstSeen: words.subarray(segmentHead + 2 * rows, segmentHead + 3 * rows),
  };
}

/** The bytes as 32-bit words; copied only where they do not begin on a word boundary. */
export function alignedWords(bytes: Uint8Array): Uint32Array {
  if (bytes.byteOffset % 4 === 0) {
    return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
  }
  // Not bytes.slice(): that of a Buffer copies nothing.
  return new Uint32Array(new Uint8Array(bytes).buffer);
}
