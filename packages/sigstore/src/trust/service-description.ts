/**
 * The comma lists with which private deployments are described on the command line: `url=…,start-time=…`. A value that
 * holds a comma is quoted as in CSV, as cosign reads it.
 */
import { excerpt } from '@pratique/runtime/fault';
import { sigstoreFault } from '../errors.ts';

/** Keys and values of one service. */
export type ServiceDescription = ReadonlyMap<string, string>;

/** Which keys a kind of service takes. */
export interface DescriptionKeys {
  /** The flag, as it stands in messages: `--rekor`. */
  readonly flag: string;
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

const lengthLimit = 64 * 1024;

/**
 * Reads one comma list.
 *
 * @throws Fault `service-description-invalid` for unknown, repeated and absent keys
 *
 * @example
 * parseServiceDescription('url=https://ca.example.com,operator=me', {
 *   flag: '--fulcio',
 *   required: ['url'],
 *   optional: ['operator'],
 * });
 */
export function parseServiceDescription(text: string, keys: DescriptionKeys): ServiceDescription {
  if (text.length > lengthLimit) throw invalid(keys.flag, 'it is too long');
  const found = new Map<string, string>();
  for (const field of splitFields(text, keys.flag)) {
    const at = field.indexOf('=');
    const key = at < 0 ? field.trim() : field.slice(0, at).trim();
    if (at < 0) throw invalid(keys.flag, `${excerpt(key)} is no pair of key and value`);
    if (![...keys.required, ...keys.optional].includes(key)) {
      throw invalid(
        keys.flag,
        `it has no key ${excerpt(key)}; it takes ${[...keys.required, ...keys.optional].join(', ')}`,
      );
    }
    if (found.has(key)) throw invalid(keys.flag, `${key} is given twice`);
    found.set(key, field.slice(at + 1).trim());
  }
  const absent = keys.required.filter((key) => (found.get(key) ?? '') === '');
  if (absent.length > 0)
    throw invalid(keys.flag, `${absent.join(' and ')} ${absent.length === 1 ? 'is' : 'are'} needed`);
  return found;
}

/**
 * The value as a web address.
 *
 * @throws Fault `service-description-invalid`
 */
export function addressIn(description: ServiceDescription, flag: string): string {
  const url = description.get('url') ?? '';
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol === 'https:' || protocol === 'http:') return url;
  throw invalid(flag, `${excerpt(url)} is no http or https address`);
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/u;

/** Start and end as they go into a document; absent ones are left out. */
export interface ValidityTexts {
  readonly start?: string;
  readonly end?: string;
}

/**
 * `start-time` and `end-time`.
 *
 * @throws Fault `service-description-invalid` for what is no RFC 3339 time, and for an end before the start
 */
export function validityIn(description: ServiceDescription, flag: string): ValidityTexts {
  const start = timeIn(description, 'start-time', flag);
  const end = timeIn(description, 'end-time', flag);
  if (start !== undefined && end !== undefined && end < start) throw invalid(flag, 'it ends before it starts');
  return { ...(start && { start: start.toISOString() }), ...(end && { end: end.toISOString() }) };
}

/** The fault for a description that cannot be used. */
export function invalid(flag: string, detail: string, cause?: unknown): Error {
  return sigstoreFault({
    code: 'service-description-invalid',
    message: `The description given with ${flag} cannot be used: ${detail}.`,
    hint: `Write it as a comma list, as in ${flag}="url=https://service.example.com,start-time=2026-01-01T00:00:00Z"; --help lists the keys.`,
    values: { flag, detail },
    cause,
  });
}

function timeIn(description: ServiceDescription, key: string, flag: string): Date | undefined {
  const text = description.get(key);
  if (text === undefined || text === '') return undefined;
  const time = new Date(text);
  if (!rfc3339.test(text) || Number.isNaN(time.getTime()))
    throw invalid(flag, `${key} ${excerpt(text)} is no RFC 3339 time`);
  return time;
}

/** Fields between commas; a field may be quoted, a quote inside it is doubled (RFC 4180). */
function splitFields(text: string, flag: string): readonly string[] {
  const fields: string[] = [];
  let rest = text;
  while (rest !== '') {
    const match = /^(?:"((?:[^"]|"")*)"|([^",]*))(?:,|$)/u.exec(rest);
    if (match === null) throw invalid(flag, 'its quotes do not match');
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    rest = rest.slice(match[0].length);
  }
  return fields;
}
