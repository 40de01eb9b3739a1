/**
 * JSON as signed documents need it: a second member of the same name would let two readers see two documents, so it is
 * refused (RFC 8259 section 4 leaves it open), and nesting has an end.
 */
import { isUtf8 } from 'node:buffer';
import { excerpt } from '@pratique/runtime/fault';
import { endOfText } from './raw-json.ts';

/** The value, or what is wrong in words that continue a sentence: `names the member "type" twice`. */
export type StrictJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly detail: string };

/** What one document may ask of memory. */
export interface JsonLimits {
  /** Most objects, arrays and members or elements together. @default 5,000,000: more than the largest SBOM has */
  readonly parts?: number;
}

/** For documents whose parts are few however long their texts are: bundles, envelopes, payloads. */
export const smallDocument: JsonLimits = { parts: 50_000 };

// The deepest format read here (a CycloneDX predicate) needs about 20; cosign's own reader stops at 10,000.
const deepest = 256;
const mostParts = 5_000_000;

/**
 * Parses JSON bytes or text. Not UTF-8, not JSON, duplicate members and nesting over 256 levels are refused. Numbers become
 * doubles: formats that need all 64 bits of an integer keep it as text.
 */
export function parseStrictJson(input: Uint8Array | string, limits: JsonLimits = {}): StrictJson {
  if (typeof input !== 'string' && !isUtf8(input)) return { ok: false, detail: 'is not UTF-8 text' };
  const text = typeof input === 'string' ? input : textOf(input);
  try {
    // Before anything is built: a hundred megabytes of brackets take many times that as objects.
    const flaw = flawIn(text, limits.parts ?? mostParts);
    return flaw === undefined ? { ok: true, value: JSON.parse(text) as unknown } : { ok: false, detail: flaw };
  } catch (error) {
    return {
      ok: false,
      detail: `is not JSON (${excerpt(error instanceof Error ? error.message : 'unreadable', 120)})`,
    };
  }
}

// Keeps a byte order mark, as a decoder told to ignore it does: JSON has none.
function textOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
}

interface Level {
  /** Names seen so far; undefined inside an array. */
  readonly names: Set<string> | undefined;
  /** The next text is a name. */
  expectsName: boolean;
}

/** One pass over text that may not even be JSON; only braces, brackets, commas and texts matter. Throws where a name is no text. */
function flawIn(text: string, partsLeft: number): string | undefined {
  const levels: Level[] = [];
  let parts = partsLeft;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const level = levels.at(-1);
    if (code === quote) {
      const end = endOfText(text, at);
      if (end === -1) return undefined;
      if (level?.expectsName === true) {
        const name = nameIn(text.slice(at, end + 1));
        if (level.names?.has(name) === true) return `names the member "${excerpt(name, 60)}" twice`;
        level.names?.add(name);
        level.expectsName = false;
      }
      at = end;
    } else if (code === openBrace || code === openBracket) {
      if (levels.length === deepest) return `is nested more than ${deepest} levels deep`;
      levels.push({ names: code === openBrace ? new Set() : undefined, expectsName: code === openBrace });
      parts -= 1;
    } else if (code === closeBrace || code === closeBracket) {
      levels.pop();
    } else if (code === comma) {
      if (level !== undefined) level.expectsName = level.names !== undefined;
      parts -= 1;
    }
    if (parts < 0) return `has more than ${partsLeft} parts`;
  }
  return undefined;
}

/** A name without its quotes; only escapes need to be understood. */
function nameIn(quoted: string): string {
  return quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
}

const [quote, comma, openBrace, closeBrace, openBracket, closeBracket] = [0x22, 0x2c, 0x7b, 0x7d, 0x5b, 0x5d];

/** Whether a parsed value is an object with members: neither null nor an array. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
