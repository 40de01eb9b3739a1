/**
 * Whether `text` matches a shell glob as a whole: `*` any run, `?` any one character, `[seq]` and
 * `[!seq]` sets with ranges; case-sensitive. A `[` that is never closed stands for itself. Runs in
 * time proportional to text × pattern whatever the pattern, so a hostile rule cannot stall a reader.
 */
export function matchesGlob(text: string, pattern: string): boolean {
  const tokens = parseGlob(pattern);
  const characters = [...text];
  let token = 0;
  let at = 0;
  let starToken = -1;
  let starAt = 0;
  while (at < characters.length) {
    const current = tokens[token];
    if (current !== undefined && current.kind === 'star') {
      starToken = token;
      starAt = at;
      token += 1;
    } else if (current !== undefined && accepts(current, characters[at]!)) {
      token += 1;
      at += 1;
    } else if (starToken >= 0) {
      token = starToken + 1;
      starAt += 1;
      at = starAt;
    } else {
      return false;
    }
  }
  return tokens.slice(token).every((rest) => rest.kind === 'star');
}

type GlobToken =
  | { readonly kind: 'star' }
  | { readonly kind: 'any' }
  | { readonly kind: 'literal'; readonly character: string }
  | {
      readonly kind: 'set';
      readonly negated: boolean;
      readonly members: readonly string[];
      readonly ranges: readonly (readonly [string, string])[];
    };

function accepts(token: GlobToken, character: string): boolean {
  switch (token.kind) {
    case 'star':
    case 'any':
      return true;
    case 'literal':
      return token.character === character;
    case 'set': {
      const inside =
        token.members.includes(character) || token.ranges.some(([low, high]) => low <= character && character <= high);
      return inside !== token.negated;
    }
  }
}

function parseGlob(pattern: string): GlobToken[] {
  const characters = [...pattern];
  const tokens: GlobToken[] = [];
  let at = 0;
  while (at < characters.length) {
    const character = characters[at]!;
    if (character === '*') {
      tokens.push({ kind: 'star' });
    } else if (character === '?') {
      tokens.push({ kind: 'any' });
    } else if (character === '[') {
      const end = endOfSet(characters, at);
      if (end === -1) {
        tokens.push({ kind: 'literal', character });
      } else {
        tokens.push(parseSet(characters.slice(at + 1, end)));
        at = end;
      }
    } else {
      tokens.push({ kind: 'literal', character });
    }
    at += 1;
  }
  return tokens;
}

/** A `]` directly behind `[` or `[!` is a member, not the end. */
function endOfSet(characters: readonly string[], open: number): number {
  let from = open + 1;
  if (characters[from] === '!') {
    from += 1;
  }
  return characters.indexOf(']', characters[from] === ']' ? from + 1 : from);
}

function parseSet(inside: readonly string[]): GlobToken {
  const negated = inside[0] === '!';
  const body = negated ? inside.slice(1) : inside;
  const members: string[] = [];
  const ranges: [string, string][] = [];
  let at = 0;
  while (at < body.length) {
    if (body[at + 1] === '-' && at + 2 < body.length) {
      ranges.push([body[at]!, body[at + 2]!]);
      at += 3;
    } else {
      members.push(body[at]!);
      at += 1;
    }
  }
  return { kind: 'set', negated, members, ranges };
}
