/**
 * Pieces of JSON as they were written. What others signed or stored is kept byte for byte: parsing and writing again would
 * reorder names that look like numbers and round large numbers.
 */

/** The texts of the elements of the array `name` at the top of an object; undefined where there is no such array. */
export function rawElements(text: string, name: string): readonly string[] | undefined {
  const array = rawMembers(text).get(name);
  if (array === undefined || !array.startsWith('[')) return undefined;
  return splitTop(array);
}

/** The texts of the members of an object by name, in their order. `text` must be valid JSON without duplicates. */
export function rawMembers(text: string): ReadonlyMap<string, string> {
  return new Map(
    splitTop(text.trim()).map((member) => {
      const end = endOfText(member, 0) + 1;
      const colon = member.indexOf(':', end);
      return [String(JSON.parse(member.slice(0, end))), member.slice(colon + 1).trim()];
    }),
  );
}

/** What stands between the commas of the outermost braces or brackets. */
function splitTop(text: string): readonly string[] {
  const pieces: string[] = [];
  let depth = 0;
  let start = 1;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') at = endOfText(text, at);
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    else if (character === ',' && depth === 1) {
      pieces.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  const last = text.slice(start, -1).trim();
  return last === '' ? pieces : [...pieces, last];
}

/** The index of the quote that ends the text which begins at `start`; -1 where none does. */
export function endOfText(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes += 1;
  return backslashes % 2 === 1;
}
