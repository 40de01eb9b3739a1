/**
 * As much of DER (ITU-T X.690) as the sigstore world needs: writing the structures of RFC 3161 and RFC 5652 that no
 * library at hand writes with a clock passed in, and finding parts of certificates byte for byte.
 */

/** One value inside DER bytes. */
export interface DerValue {
  readonly tag: number;
  /** Tag, length and content. */
  readonly raw: Buffer;
  readonly content: Buffer;
}

/** Tag, length and the parts one after the other. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length = [];
  for (let rest = content.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  const header = content.length < 128 ? [content.length] : [0x80 + length.length, ...length];
  return Buffer.concat([Buffer.from([tag, ...header]), content]);
}

/** SEQUENCE. */
export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, ...parts);
}

/** OCTET STRING. */
export function octets(bytes: Uint8Array): Buffer {
  return der(0x04, bytes);
}

/** UTF8String. */
export function utf8(text: string): Buffer {
  return der(0x0c, Buffer.from(text));
}

/** SET OF with its members in the order DER wants. */
export function set(...parts: readonly Uint8Array[]): Buffer {
  return der(0x31, ...parts.toSorted((a, b) => Buffer.compare(a, b)));
}

/** A whole number from 0 on. */
export function integer(value: bigint | number): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return (bytes[0] ?? 0) >= 0x80 ? der(0x02, Buffer.from([0]), bytes) : der(0x02, bytes);
}

/** An object identifier from its dotted text. */
export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((part) => {
    const septets = [part % 128];
    for (let left = Math.floor(part / 128); left > 0; left = Math.floor(left / 128))
      septets.unshift((left % 128) + 128);
    return septets;
  });
  return der(0x06, Buffer.from(bytes));
}

/** GeneralizedTime in whole seconds of UTC. */
export function generalizedTime(at: Date): Buffer {
  return der(0x18, Buffer.from(at.toISOString().replaceAll(/[-:T]|\.\d{3}/gu, '')));
}

/**
 * The value at the beginning of the bytes.
 *
 * @throws RangeError when the bytes end before the value does
 */
export function readDer(bytes: Uint8Array): DerValue {
  const buffer = Buffer.from(bytes);
  const first = buffer.readUInt8(1);
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  const start = 2 + lengthBytes;
  const length = lengthBytes === 0 ? first : buffer.readUIntBE(2, lengthBytes);
  if (start + length > buffer.length) throw new RangeError('DER value is cut off');
  const raw = buffer.subarray(0, start + length);
  return { tag: buffer.readUInt8(0), raw, content: raw.subarray(start) };
}

/** The values one after the other inside a constructed value. */
export function childrenOf(value: DerValue): readonly DerValue[] {
  const found: DerValue[] = [];
  for (let rest = value.content; rest.length > 0;) {
    const child = readDer(rest);
    found.push(child);
    rest = rest.subarray(child.raw.length);
  }
  return found;
}
