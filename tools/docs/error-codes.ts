/** Finding the codes of faults and answers in the sources, with the sentence that stands at each. */

/** One code as the sources declare it. */
export interface DeclaredCode {
  readonly code: string;
  /** The comment at the declaration, as one line; undefined where there is none. */
  readonly meaning?: string;
  /** HTTP status, for codes of answers. */
  readonly status?: number;
}

/**
 * The members of the union of codes in an `errors.ts`: a comment, then `| 'code'`. Found by its name, which ends in `Code`.
 *
 * @throws Error when the file declares no such union: an error catalogue that cannot be read is not an empty one
 */
export function faultCodesIn(file: string, text: string): readonly DeclaredCode[] {
  const union = /export type \w*Code\s*=\s*((?:\/\*[\s\S]*?\*\/|\/\/[^\n]*|'[^'\n]*'|[|\s])+);/.exec(text)?.[1];
  const codes =
    union === undefined ? [] : [...union.matchAll(/((?:\/\*\*[\s\S]*?\*\/|\/\/[^\n]*|\s)*)\|?\s*'([^']+)'/g)];
  if (codes.length === 0) throw new Error(`${file} declares no union of codes that ends in "Code"`);
  return codes.map(([, comment = '', code = '']) => ({ code, meaning: commentText(comment) }));
}

/** The entries of the table `errorStatus` of the contract: `code: 404, // meaning`, or the comment above. */
export function answerCodesIn(file: string, text: string): readonly DeclaredCode[] {
  const table = /export const errorStatus\s*=\s*\{([\s\S]*?)\n\}/.exec(text)?.[1] ?? '';
  const entries = [
    ...table.matchAll(
      /((?:[^\S\n]*\/\*\*[\s\S]*?\*\/\s*|\n\s*\/\/[^\n]*)*)\n\s*(\w+):\s*(\d{3}),?[^\S\n]*(\/\/[^\n]*)?/g,
    ),
  ];
  if (entries.length === 0) throw new Error(`${file} has no table errorStatus`);
  return entries.map(([, above = '', code = '', status, beside = '']) => ({
    code,
    status: Number(status),
    meaning: commentText(`${above}\n${beside}`),
  }));
}

function commentText(comment: string): string | undefined {
  const words = comment
    .replace(/\/\*\*?|\*\/|^\s*\*\s?|\/\//gm, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return words === '' ? undefined : words;
}
