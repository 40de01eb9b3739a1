/**
 * Many strings as two shared arrays, so that every thread of a hub reads one copy. A string is known
 * by its index; index 0 is always the empty string.
 */
export interface StringTable {
  /** UTF-8 bytes of all strings, one after the other. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /** `ends[i]` is where string `i` ends; it begins where its predecessor ends. */
  readonly ends: Uint32Array<SharedArrayBuffer>;
}

/** Number of strings in the table. */
export function stringCount(table: StringTable): number {
  return table.ends.length;
}

/** The string with index `index`. Decodes at each call: keep what is needed often. */
export function stringAt(table: StringTable, index: number): string {
  const start = index === 0 ? 0 : table.ends[index - 1]!;
  const end = table.ends[index]!;
  return Buffer.from(table.bytes.buffer, start, end - start).toString('utf8');
}

/** All strings, decoded. For tables that are searched as text again and again. */
export function allStrings(table: StringTable): string[] {
  return Array.from({ length: table.ends.length }, (_, index) => stringAt(table, index));
}

/** A stored run of strings: count, lengths, bytes; little-endian. */
export function encodeStrings(strings: readonly string[]): Buffer {
  const encoded = strings.map((text) => Buffer.from(text, 'utf8'));
  const head = Buffer.alloc(4 + 4 * encoded.length);
  head.writeUInt32LE(encoded.length, 0);
  encoded.forEach((bytes, index) => head.writeUInt32LE(bytes.length, 4 + 4 * index));
  return Buffer.concat([head, ...encoded]);
}

/** Reads a run of strings back. */
export function decodeStrings(chunk: Uint8Array): string[] {
  const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const count = buffer.readUInt32LE(0);
  let at = 4 + 4 * count;
  return Array.from({ length: count }, (_, index) => {
    const end = at + buffer.readUInt32LE(4 + 4 * index);
    const text = buffer.toString('utf8', at, end);
    at = end;
    return text;
  });
}

/** `table` followed by the strings of `chunks`, in new shared memory; `table` itself where there is nothing to add. */
export function extendStringTable(table: StringTable | null, chunks: readonly Uint8Array[]): StringTable {
  if (table !== null && chunks.length === 0) {
    return table;
  }
  const runs = chunks.map((chunk) => Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  const counts = runs.map((run) => run.readUInt32LE(0));
  const oldCount = table?.ends.length ?? 0;
  const oldBytes = table?.bytes.length ?? 0;
  const newCount = counts.reduce((sum, count) => sum + count, oldCount);
  const newBytes = runs.reduce((sum, run, index) => sum + run.length - 4 - 4 * counts[index]!, oldBytes);
  const bytes = new Uint8Array(new SharedArrayBuffer(newBytes));
  const ends = new Uint32Array(new SharedArrayBuffer(4 * newCount));
  if (table !== null) {
    bytes.set(table.bytes);
    ends.set(table.ends);
  }
  let index = oldCount;
  let at = oldBytes;
  runs.forEach((run, which) => {
    const count = counts[which]!;
    bytes.set(run.subarray(4 + 4 * count), at);
    for (let i = 0; i < count; i += 1) {
      at += run.readUInt32LE(4 + 4 * i);
      ends[index] = at;
      index += 1;
    }
  });
  return { bytes, ends };
}
