/**
 * JSON as signed documents need it: a second member of the same name would let two readers see two documents, so it is
 * refused (RFC 8259 section 4 leaves it open), and nesting has an end.
 */
import { excerpt } from '@pratique/runtime/fault';
import { endOfText } from './raw-json.ts';

/** The value, or what is wrong in words that continue a sentence: `names the member "type" twice`. */
export type StrictJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly detail: string };

// The deepest format read here (a CycloneDX predicate) needs about 20; cosign's own reader stops at 10,000.
const deepest = 256;

/**
 * Parses JSON bytes or text. Not UTF-8, not JSON, duplicate members and nesting over 256 levels are refused. Numbers become
 * doubles: formats that need all 64 bits of an integer keep it as text.
 */
export function parseStrictJson(input: Uint8Array | string): StrictJson {
  let value: unknown;
  let text: string;
  try {
    text = typeof input === 'string' ? input : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(input);
  } catch {
    return { ok: false, detail: 'is not UTF-8 text' };
  }
  try {
    value = JSON.parse(text);
  } catch (error) {
    return {
      ok: false,
      detail: `is not JSON (${excerpt(error instanceof Error ? error.message : 'unreadable', 120)})`,
    };
  }
  const flaw = flawIn(text);
  return flaw === undefined ? { ok: true, value } : { ok: false, detail: flaw };
}

interface Level {
  /** Names seen so far; undefined inside an array. */
  readonly names: Set<string> | undefined;
  /** The next text is a name. */
  expectsName: boolean;
}

/** One pass over text that is known to be JSON, so only braces, brackets, commas and texts matter. */
function flawIn(text: string): string | undefined {
  const levels: Level[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const level = levels.at(-1);
    if (code === 0x22) {
      const end = endOfText(text, at);
      if (level?.names !== undefined && level.expectsName) {
        const name = String(JSON.parse(text.slice(at, end + 1)));
        if (level.names.has(name)) return `names the member "${excerpt(name, 60)}" twice`;
        level.names.add(name);
        level.expectsName = false;
      }
      at = end;
    } else if (code === 0x7b || code === 0x5b) {
      if (levels.length === deepest) return `is nested more than ${deepest} levels deep`;
      levels.push({ names: code === 0x7b ? new Set() : undefined, expectsName: code === 0x7b });
    } else if (code === 0x7d || code === 0x5d) {
      levels.pop();
    } else if (code === 0x2c && level !== undefined) {
      level.expectsName = level.names !== undefined;
    }
  }
  return undefined;
}

/** Whether a parsed value is an object with members: neither null nor an array. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
