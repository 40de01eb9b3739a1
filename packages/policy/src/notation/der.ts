/**
 * As much of DER (ITU-T X.690) as revocation needs: values one after the other without building a tree, because a revocation list has
 * a million entries of which one counts; and writing a request.
 */

/** One value inside DER bytes. */
export interface DerValue {
  readonly tag: number;
  /** Tag, length and content. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

/** Tags of universal types. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octets: 0x04,
  oid: 0x06,
  enumerated: 0x0a,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
} as const;

/**
 * The value that begins at `from`.
 *
 * @throws RangeError where it is cut off, or not DER: long tags, lengths without end or with more bytes than needed
 */
export function readDer(bytes: Uint8Array, from = 0): DerValue {
  const tag = bytes[from];
  const first = bytes[from + 1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw new RangeError('no DER value');
  const count = first < 0x80 ? 0 : first - 0x80;
  const start = from + 2 + count;
  let length = count === 0 ? first : 0;
  for (let at = from + 2; at < start; at += 1) length = length * 256 + (bytes[at] ?? 0);
  const isShortest = count === 0 || (length >= 0x80 && bytes[from + 2] !== 0);
  if (first === 0x80 || count > 4 || !isShortest || start + length > bytes.length) throw new RangeError('no DER value');
  return { tag, whole: bytes.subarray(from, start + length), content: bytes.subarray(start, start + length) };
}

/** The only value in the bytes; anything after it is refused. @throws RangeError */
export function readWholeDer(bytes: Uint8Array): DerValue {
  const value = readDer(bytes);
  if (value.whole.length !== bytes.length) throw new RangeError('bytes after the DER value');
  return value;
}

/** The values inside a constructed value, one at a time. @throws RangeError */
export function* derMembers(value: DerValue): Generator<DerValue, void, undefined> {
  for (let at = 0; at < value.content.length;) {
    const member = readDer(value.content, at);
    at += member.whole.length;
    yield member;
  }
}

/** All values inside a constructed value; more than `most` are refused. @throws RangeError */
export function membersOf(value: DerValue, most = 64): readonly DerValue[] {
  if ((value.tag & 0x20) === 0) throw new RangeError('no constructed DER value');
  const members: DerValue[] = [];
  for (const member of derMembers(value)) {
    if (members.length === most) throw new RangeError('too many DER values');
    members.push(member);
  }
  return members;
}

/** The member at that place with that tag. @throws RangeError */
export function memberAt(members: readonly DerValue[], index: number, tag: number): DerValue {
  const member = members[index];
  if (member?.tag !== tag) throw new RangeError('another DER value');
  return member;
}

/** The dotted form of an object identifier. @throws RangeError */
export function oidOf(value: DerValue): string {
  if (value.tag !== tags.oid || value.content.length === 0 || value.content.length > 64)
    throw new RangeError('no object identifier');
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of value.content) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [joined = 0, ...rest] = arcs;
  const top = Math.min(2, Math.floor(joined / 40));
  return [top, joined - top * 40, ...rest].join('.');
}

/** UTCTime or GeneralizedTime in whole seconds of UTC, as RFC 5280 section 4.1.2.5 wants them. @throws RangeError */
export function timeOf({ tag, content }: DerValue): Date {
  const text = Buffer.from(content).toString('latin1');
  const pattern =
    tag === tags.utcTime ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
  const match = tag === tags.utcTime || tag === tags.generalizedTime ? pattern.exec(text) : null;
  if (match === null) throw new RangeError('no time');
  const [, year = '', month, day, hour, minute, second] = match;
  const century = year.length === 4 ? '' : Number(year) >= 50 ? '19' : '20';
  const time = new Date([century, year, '-', month, '-', day, 'T', hour, ':', minute, ':', second, 'Z'].join(''));
  if (Number.isNaN(time.getTime())) throw new RangeError('no time');
  return time;
}

/** The bytes of a BIT STRING that is whole bytes, such as a signature. @throws RangeError */
export function bitsOf(value: DerValue): Uint8Array {
  if (value.tag !== tags.bitString || value.content[0] !== 0) throw new RangeError('no whole bytes');
  return value.content.subarray(1);
}

/** A whole number that is not negative and not large. @throws RangeError */
export function smallNumberOf({ content }: DerValue): number {
  if (content.length === 0 || content.length > 4 || (content[0] ?? 0) >= 0x80) throw new RangeError('no small number');
  return content.reduce((number, byte) => number * 256 + byte, 0);
}

/** Writes a value. */
export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length: number[] = [];
  for (let rest = content.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  const header = content.length < 0x80 ? [content.length] : [0x80 + length.length, ...length];
  return Buffer.concat([Buffer.from([tag, ...header]), content]);
}
