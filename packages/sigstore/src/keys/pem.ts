/** PEM (RFC 7468), read as Go's `encoding/pem` does: text around blocks is allowed, a block that is broken is not. */
import { strictBase64, toBase64 } from '../json/base64.ts';

/** One block of a PEM text. */
export interface PemBlock {
  readonly label: string;
  /** Lines such as `Proc-Type: 4,ENCRYPTED`, by name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly der: Uint8Array;
}

const begin = /^-----BEGIN ([A-Z0-9 ]{1,60})-----$/;
const header = /^([A-Za-z0-9-]{1,40}): ?(.{0,200})$/;

/** All whole blocks in order. A block without its end or with a body that is not base64 is left out. */
export function readPem(text: string): readonly PemBlock[] {
  const lines = text.split(/\r?\n/);
  const blocks: PemBlock[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const label = begin.exec(lines[at]!.trimEnd())?.[1];
    if (label === undefined) continue;
    const end = endOfBlock(lines, at + 1, label);
    if (end === undefined) continue;
    const block = blockOf(label, lines.slice(at + 1, end));
    if (block !== undefined) blocks.push(block);
    at = end;
  }
  return blocks;
}

/** One block with lines of 64 characters and a final line feed, as Go and OpenSSL write it. */
export function writePem(label: string, der: Uint8Array): string {
  const body = toBase64(der).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...body, `-----END ${label}-----`, ''].join('\n');
}

/** The line that ends the block; undefined where another begins first or none ends it. */
function endOfBlock(lines: readonly string[], from: number, label: string): number | undefined {
  for (let at = from; at < lines.length; at += 1) {
    const line = lines[at]!.trimEnd();
    if (line === `-----END ${label}-----`) return at;
    if (line.startsWith('-----')) return undefined;
  }
  return undefined;
}

function blockOf(label: string, body: readonly string[]): PemBlock | undefined {
  const headers: Record<string, string> = {};
  let at = 0;
  for (let match = header.exec(body[at] ?? ''); match !== null; match = header.exec(body[at] ?? '')) {
    headers[match[1]!] = match[2]!.trimEnd();
    at += 1;
  }
  const der = strictBase64(body.slice(at).join('').replace(/[ \t]/g, ''));
  return der === undefined || der.length === 0 ? undefined : { label, headers, der };
}
