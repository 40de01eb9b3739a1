/** The header by which a registry asks for a login: RFC 9110 section 11.6.1, and distribution's token specification. */

/** One way to log in that a registry offers. */
export type Challenge =
  | { readonly scheme: 'basic'; readonly realm: string }
  | {
      readonly scheme: 'bearer';
      readonly realm: string;
      readonly service?: string;
      readonly scopes: readonly string[];
      readonly error?: string;
    };

/** Longest header that is read; real ones have a few hundred characters. */
const longest = 4_096;

/** Takes `WWW-Authenticate` apart; schemes nobody here speaks are left out, a broken header gives nothing. */
export function parseChallenges(header: string | undefined): readonly Challenge[] {
  if (header === undefined || header.length > longest) return [];
  return splitSchemes(header).flatMap(({ scheme, parameters }): Challenge[] => {
    const realm = parameters.get('realm');
    if (scheme === 'basic') return [{ scheme, realm: realm ?? '' }];
    if (scheme !== 'bearer' || realm === undefined) return [];
    const scopes = (parameters.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
    return [{ scheme, realm, service: parameters.get('service'), scopes, error: parameters.get('error') }];
  });
}

/** What a token may do in a repository. */
export type Action = 'pull' | 'push' | 'delete';

/** `repository:team/app:pull,push`; actions sorted, so that equal wishes are equal texts. */
export function scopeOf(repository: string, actions: readonly Action[]): string {
  return `repository:${repository}:${[...new Set(actions)].sort().join(',')}`;
}

/** The union of scopes: actions of the same resource joined, sorted. */
export function joinScopes(...lists: readonly (readonly string[])[]): readonly string[] {
  const actions = new Map<string, Set<string>>();
  for (const scope of lists.flat()) {
    const colon = scope.lastIndexOf(':');
    // `registry:catalog:*` and what else is there keep their shape: resource before the last colon, actions after it.
    const resource = colon === -1 ? scope : scope.slice(0, colon);
    const known = actions.get(resource) ?? new Set();
    if (colon !== -1) for (const action of scope.slice(colon + 1).split(',')) known.add(action);
    actions.set(resource, known);
  }
  return [...actions]
    .map(([resource, set]) => (set.size === 0 ? resource : `${resource}:${[...set].sort().join(',')}`))
    .sort();
}

/** Whether `have` allows everything that `want` names. */
export function covers(have: readonly string[], want: readonly string[]): boolean {
  return joinScopes(have, want).join(' ') === joinScopes(have).join(' ');
}

interface Scheme {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** `name="quoted"`, `name=token`, or a bare word, which begins a scheme. Each alternative consumes at least one character. */
const piece = /([A-Za-z][\w-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))|([A-Za-z][\w-]*)(?=\s|$)/g;

function splitSchemes(header: string): readonly Scheme[] {
  const found: { scheme: string; parameters: Map<string, string> }[] = [];
  for (const [, name, quoted, token, word] of header.matchAll(piece)) {
    if (word !== undefined) found.push({ scheme: word.toLowerCase(), parameters: new Map() });
    else if (name !== undefined) {
      const value = quoted === undefined ? token : quoted.replace(/\\(.)/g, '$1');
      found.at(-1)?.parameters.set(name.toLowerCase(), value ?? '');
    }
  }
  return found;
}
