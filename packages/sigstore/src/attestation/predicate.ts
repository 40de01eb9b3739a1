/** Making the predicate of an attestation from the file a user gives, refusing what its type would not accept. */
import { excerpt } from '@pratique/runtime/fault';
import { decodeText } from '@pratique/runtime/limit';
import { sigstoreFault } from '../errors.ts';
import { RawJson } from '../json/go-json.ts';
import type { GoJson } from '../json/go-json.ts';
import { isJsonObject, parseStrictJson } from '../json/strict-json.ts';
import { rfc3339 } from '../simple-signing/manifest.ts';
import { predicateType } from './predicate-types.ts';
import type { PredicateType } from './predicate-types.ts';
import { normaliseVulnerability } from './vulnerability.ts';

/** A predicate ready to be stated. */
export interface Predicate {
  readonly uri: string;
  readonly value: GoJson;
}

/** What the user gave. */
export interface PredicateSource {
  /** Word or URI of `--type`. */
  readonly type: string;
  /** Contents of the predicate file. */
  readonly file: Uint8Array;
  /** Time of attesting: stands in custom predicates, and scans must have finished by then. */
  readonly now: Date;
}

/**
 * Makes the predicate.
 *
 * @throws Fault `predicate-type-invalid`, `predicate-invalid` naming what is missing, `not-text`
 */
export function makePredicate({ type, file, now }: PredicateSource): Predicate {
  const known = predicateType(type);
  return { uri: known.uri, value: valueOf(known, { type, file, now }) };
}

function valueOf(known: PredicateType, { type, file, now }: PredicateSource): GoJson {
  switch (known.form) {
    case 'custom':
      return { Data: decodeText(file, 'the predicate'), Timestamp: rfc3339(now) };
    case 'text':
      return decodeText(file, 'the predicate');
    case 'json':
      return readJson(known, type, file).raw;
    case 'vulnerability': {
      const { raw, value } = readJson(known, type, file);
      return normaliseVulnerability(value, raw, now);
    }
  }
}

interface JsonPredicate {
  readonly value: Record<string, unknown>;
  /** The same as it was given, which is what is signed. */
  readonly raw: RawJson;
}

function readJson(known: PredicateType, type: string, file: Uint8Array): JsonPredicate {
  const parsed = parseStrictJson(file);
  if (!parsed.ok) throw invalid(type, `The predicate ${parsed.detail}.`, 'Pass a file with one JSON document.');
  if (!isJsonObject(parsed.value)) {
    throw invalid(type, 'The predicate is not a JSON object.', 'Pass a file with one JSON object.');
  }
  const { value } = parsed;
  const missing = known.required.filter((path) => memberAt(value, path) == null);
  if (missing.length > 0) {
    throw invalid(
      type,
      `required field ${missing.join(', ')} missing: the predicate is no ${excerpt(type)}.`,
      'Let the tool that wrote the file write it in the format of this type, or choose another --type.',
    );
  }
  return { value, raw: new RawJson(decodeText(file, 'the predicate').trim()) };
}

/** The value at a path of names joined by dots; names of predicates hold none, `builder.id` of vulnerabilities is not asked for. */
function memberAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, name) => {
    return isJsonObject(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined;
  }, value);
}

function invalid(type: string, message: string, hint: string): Error {
  return sigstoreFault({ code: 'predicate-invalid', message, hint, values: { type: excerpt(type) } });
}
