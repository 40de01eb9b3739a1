/** `-a key=value`: repeatable, and a comma list in which a value with a comma is quoted as in CSV. */
import { excerpt } from '@pratique/runtime/fault';
import { usageFault } from '../errors.ts';

/** More than any policy compares; a limit, because the text comes from scripts. */
const mostAnnotations = 1000;

/**
 * The pairs of all `-a` flags; of two with the same key the last counts.
 *
 * @throws Fault `usage` where a pair has no `=`, no key, or a quote is left open
 */
export function parseAnnotations(given: readonly string[]): Readonly<Record<string, string>> {
  const pairs = given.flatMap((text) => commaList(text, '-a'));
  if (pairs.length > mostAnnotations) {
    throw usageFault(`${pairs.length} annotations were given.`, `At most ${mostAnnotations} are accepted.`);
  }
  return Object.fromEntries(pairs.map(splitPair));
}

function splitPair(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
  throw usageFault(
    `The annotation "${excerpt(pair)}" is no key=value.`,
    `Write -a build=42. A value with a comma is quoted: -a '"stages=build,test"'.`,
  );
}

/**
 * The fields of one line of comma-separated values, RFC 4180: a field in double quotes may hold commas, and a doubled quote
 * stands for one.
 *
 * @throws Fault `usage` for a quote that is not closed or stands in the middle of a field
 */
export function commaList(text: string, flag: string): readonly string[] {
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  for (;;) {
    const found = field.exec(text);
    if (found === null) {
      throw usageFault(
        `${flag} is ${excerpt(text)}, whose quotes do not fit.`,
        'Put the whole pair in double quotes, and double a quote inside it.',
      );
    }
    const [, quoted, plain = '', end] = found;
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '') return fields;
  }
}
