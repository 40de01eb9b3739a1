/** Finding the word that was meant. */

/** Names in a configuration are short; longer ones are not compared. */
const longest = 64;

/** The known word nearest to `word`, undefined where none is near enough to be a slip of the finger. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > longest) return undefined;
  const lower = word.toLowerCase();
  // A third of the letters: of one or two letters nothing can be told.
  const mostSlips = Math.floor(word.length / 3);
  const [best] = known
    .filter((candidate) => candidate !== word && Math.abs(candidate.length - word.length) <= mostSlips)
    .map((candidate) => ({ candidate, slips: distance(lower, candidate.toLowerCase()) }))
    .filter(({ slips }) => slips <= mostSlips)
    .sort((one, other) => one.slips - other.slips);
  return best?.candidate;
}

/** Letters to insert, delete, replace or swap with a neighbour to make one word of the other. */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let above = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped =
        row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      const replaced = above[column - 1]! + (isSame ? 0 : 1);
      const swapped = isSwapped ? before[column - 2]! + 1 : Number.POSITIVE_INFINITY;
      current.push(Math.min(above[column]! + 1, current[column - 1]! + 1, replaced, swapped));
    }
    before = above;
    above = current;
  }
  return above[other.length]!;
}
