import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { limits } from './limits.ts';
import { webUrl } from './web-url.ts';

/** Who published a score. */
export type ScoreSource = 'unknown' | 'Red Hat' | 'OSV' | 'NVD';

/** What only the protobuf column of a CVE row holds. Absent texts are null, absent numbers null. */
export interface CveDetails {
  readonly summary: string | null;
  readonly link: string | null;
  /** Never filled by the releases known; read in case that changes. */
  readonly references: readonly { readonly uri: string; readonly tags: readonly string[] }[];
  readonly cvssMetricUrls: readonly { readonly source: ScoreSource; readonly url: string }[];
  /** Vector of the first version 3 score. */
  readonly cvssVector: string | null;
  readonly epssPercentile: number | null;
  readonly datasource: string | null;
  /** Epoch seconds. */
  readonly fixAvailableAt: number | null;
  readonly nvdCvss: number | null;
  readonly lastModified: number | null;
  /** From the line after 4.11 on. */
  readonly kev: boolean | null;
  /** The bytes could not be decoded; everything else is empty then. */
  readonly broken: boolean;
}

type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] };
type Draft = Omit<Writable<CveDetails>, 'references' | 'cvssMetricUrls'> & {
  readonly references: { uri: string; tags: string[] }[];
  readonly cvssMetricUrls: { source: ScoreSource; url: string }[];
};

/** Reads one field it knows and says true, or leaves the reader alone and says false. */
type FieldReader = (field: number, wire: WireType, reader: BinaryReader) => boolean;

/**
 * Decodes message `storage.ImageCVEV2` (StackRox, proto/storage/cve.proto; field numbers are the same from
 * 4.8 on). Unknown fields are passed over, they come with every release. Broken bytes give an empty result
 * marked `broken`, never an error. Only http and https URLs come through.
 */
export function decodeCveDetails(bytes: Uint8Array): CveDetails {
  if (bytes.length > limits.protobufBytes) return { ...emptyDetails(), broken: true };
  const draft = emptyDetails();
  try {
    readMessage(new BinaryReader(bytes, decodeUtf8), bytes.length, imageCve(draft));
    return draft;
  } catch {
    return { ...emptyDetails(), broken: true };
  }
}

function emptyDetails(): Draft {
  return {
    summary: null,
    link: null,
    references: [],
    cvssMetricUrls: [],
    cvssVector: null,
    epssPercentile: null,
    datasource: null,
    fixAvailableAt: null,
    nvdCvss: null,
    lastModified: null,
    kev: null,
    broken: false,
  };
}

/** proto3 text is UTF-8; anything else is broken bytes, not text with replacement characters. */
function decodeUtf8(bytes: Uint8Array): string {
  return strict.decode(bytes);
}
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function imageCve(draft: Draft): FieldReader {
  return (field, wire, reader) => {
    if (field === 3 && wire === WireType.LengthDelimited) readNested(reader, cveInfo(draft));
    else if (field === 7 && wire === WireType.Bit32) draft.nvdCvss = present(displayed(reader.float()));
    else if (field === 16 && wire === WireType.LengthDelimited) draft.fixAvailableAt = readTimestamp(reader);
    else if (field === 17 && wire === WireType.LengthDelimited) draft.datasource = cut(reader.string(), 200);
    else return false;
    return true;
  };
}

function cveInfo(draft: Draft): FieldReader {
  return (field, wire, reader) => {
    if (field === 14 && wire === WireType.Varint) draft.kev = reader.bool();
    else if (wire !== WireType.LengthDelimited) return false;
    else if (field === 2) draft.summary = cut(reader.string(), limits.summaryCharacters);
    else if (field === 3) draft.link = webUrl(reader.string());
    else if (field === 6) draft.lastModified = readTimestamp(reader);
    else if (field === 10) readReference(reader, draft);
    else if (field === 11) readScore(reader, draft);
    else if (field === 12) draft.epssPercentile = readPercentile(reader);
    else return false;
    return true;
  };
}

function readReference(reader: BinaryReader, draft: Draft): void {
  const tags: string[] = [];
  let uri: string | null = null;
  readNested(reader, (field, wire) => {
    if (wire !== WireType.LengthDelimited) return false;
    if (field === 1) uri = webUrl(reader.string());
    else if (field === 2) tags.push(reader.string().slice(0, 100));
    else return false;
    return true;
  });
  if (uri !== null && draft.references.length < limits.links) draft.references.push({ uri, tags: tags.slice(0, 20) });
}

const sources: readonly ScoreSource[] = ['unknown', 'Red Hat', 'OSV', 'NVD'];

function readScore(reader: BinaryReader, draft: Draft): void {
  let source: ScoreSource = 'unknown';
  let url: string | null = null;
  readNested(reader, (field, wire) => {
    if (field === 1 && wire === WireType.Varint) source = sources[reader.int32()] ?? 'unknown';
    else if (field === 2 && wire === WireType.LengthDelimited) url = webUrl(reader.string());
    else if (field === 4 && wire === WireType.LengthDelimited) draft.cvssVector = readVector(reader, draft.cvssVector);
    else return false;
    return true;
  });
  if (url !== null && draft.cvssMetricUrls.length < limits.links) draft.cvssMetricUrls.push({ source, url });
}

/** `CVSSV3.vector`; the first one found stays. */
function readVector(reader: BinaryReader, found: string | null): string | null {
  let vector: string | null = null;
  readNested(reader, (field, wire) => {
    if (field !== 1 || wire !== WireType.LengthDelimited) return false;
    vector = cut(reader.string(), 200);
    return true;
  });
  return found ?? vector;
}

function readPercentile(reader: BinaryReader): number | null {
  let percentile: number | null = null;
  readNested(reader, (field, wire) => {
    if (field !== 2 || wire !== WireType.Bit32) return false;
    // Published with five decimals, stored as a widened 32-bit float.
    percentile = present(Math.round(reader.float() * 100_000) / 100_000);
    return true;
  });
  return percentile;
}

/**
 * google.protobuf.Timestamp as whole epoch seconds; null for none and for what lies before 1970 or beyond
 * the year 9999.
 */
function readTimestamp(reader: BinaryReader): number | null {
  let seconds = 0;
  readNested(reader, (field, wire) => {
    if (field !== 1 || wire !== WireType.Varint) return false;
    seconds = Number(reader.int64());
    return true;
  });
  return seconds > 0 && seconds < 253_402_300_800 ? seconds : null;
}

function readNested(reader: BinaryReader, read: FieldReader): void {
  readMessage(reader, reader.uint32(), read);
}

/**
 * Reads the fields of one message of `length` bytes. Every nested message must end exactly where its length
 * says.
 */
function readMessage(reader: BinaryReader, length: number, read: FieldReader): void {
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError('a message ends beyond the data');
  while (reader.pos < end) {
    const [field, wire] = reader.tag();
    if (!read(field, wire, reader)) reader.skip(wire, field);
  }
  if (reader.pos !== end) throw new RangeError('a field ends beyond its message');
}

function cut(value: string, length: number): string | null {
  return value === '' ? null : value.slice(0, length);
}

/** proto3 cannot tell 0 from absent; neither is a score. */
function present(value: number): number | null {
  return Number.isFinite(value) && value !== 0 ? value : null;
}

/** A widened 32-bit score as a person sees it, with one decimal. */
function displayed(value: number): number {
  return Math.round(value * 10) / 10;
}
