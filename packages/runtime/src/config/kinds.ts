/** What a setting may hold: each kind reads one text and says in words what it allows. */

/** A value that was read, or why it could not be. `why` never repeats the value. */
export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

/** How one setting is read from text and described to people. */
export interface Kind<T> {
  /** Trimmed text to value. Must not throw. */
  readonly read: (text: string) => Reading<T>;
  /** What is allowed, as the end of the sentence "allowed: …". */
  readonly allowed: string;
  /** Whether values are secret: never shown, in no message, log or page. */
  readonly secret?: boolean;
  /** Whether an empty variable is a value; otherwise it counts as not set. */
  readonly acceptsEmpty?: boolean;
  /** A value in the words a person would set it with; JSON where absent. */
  inWords?(value: T): string;
  /** Whether the setting may stay unset without a default; its value is then undefined. */
  readonly mayBeUnset?: boolean;
}

interface Range {
  readonly min?: number;
  readonly max?: number;
}

interface TextRules {
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Must match as a whole; anchors are added. */
  readonly pattern?: RegExp;
  /** What the pattern means, in words; shown instead of the pattern. */
  readonly allowed?: string;
  readonly acceptsEmpty?: boolean;
}

function found<T>(value: T): Reading<T> {
  return { ok: true, value };
}

function refused(why: string): Reading<never> {
  return { ok: false, why };
}

/** Any text, optionally of a shape. */
export function text(rules: TextRules = {}): Kind<string> {
  const { minLength = 0, maxLength = 65_536, pattern } = rules;
  const whole =
    pattern === undefined ? undefined : new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, ''));
  const length = minLength > 0 ? `text of at least ${minLength} characters` : 'text';
  return {
    allowed: rules.allowed ?? (pattern === undefined ? length : `text like ${pattern.source}`),
    acceptsEmpty: rules.acceptsEmpty,
    read(value) {
      if (value.length < minLength) return refused(`shorter than ${minLength} characters`);
      if (value.length > maxLength) return refused(`longer than ${maxLength} characters`);
      if (whole !== undefined && !whole.test(value)) return refused('does not have the expected form');
      return found(value);
    },
  };
}

/** Text that is never shown: a password, a key, a URL that contains one. */
export function secret(rules: TextRules = {}): Kind<string> {
  return { ...text(rules), secret: true };
}

/** A whole number, written in decimal digits. */
export function integer(range: Range = {}): Kind<number> {
  return {
    allowed: `a whole number${rangeInWords(range)}`,
    read(value) {
      if (!/^[+-]?\d{1,16}$/.test(value)) return refused(`not a whole number${serviceLinkNote(value)}`);
      return within(Number(value), range);
    },
  };
}

/** The number of a TCP port. `0` lets the system choose one. */
export function port(): Kind<number> {
  return integer({ min: 0, max: 65_535 });
}

/** A decimal number. */
export function number(range: Range = {}): Kind<number> {
  return {
    allowed: `a number${rangeInWords(range)}`,
    read(value) {
      if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i.test(value)) return refused('not a number');
      return within(Number(value), range);
    },
  };
}

/** Yes or no, in the words people use for it. */
export function boolean(): Kind<boolean> {
  const words = new Map<string, boolean>();
  for (const word of ['true', '1', 'yes', 'on']) words.set(word, true);
  for (const word of ['false', '0', 'no', 'off']) words.set(word, false);
  return {
    allowed: 'true, false, 1, 0, yes, no, on or off',
    read(value) {
      const answer = words.get(value.toLowerCase());
      return answer === undefined ? refused('neither yes nor no') : found(answer);
    },
  };
}

/** One of a fixed set of words; upper and lower case are alike, the declared spelling is returned. */
export function oneOf<const W extends string>(words: readonly W[]): Kind<W> {
  return {
    allowed: words.join(', '),
    read(value) {
      const match = words.find((word) => word.toLowerCase() === value.toLowerCase());
      return match === undefined ? refused('not one of the words') : found(match);
    },
  };
}

/**
 * Several values: a JSON array of strings and numbers, or values separated by commas. Empty pieces are dropped.
 * At most `max` values (default 1,000).
 */
export function list<T>(of: Kind<T>, { max = 1_000 }: { readonly max?: number } = {}): Kind<readonly T[]> {
  return {
    allowed: `a JSON array or a comma-separated list of: ${of.allowed}`,
    secret: of.secret,
    read(value) {
      const pieces = split(value);
      if (!pieces.ok) return pieces;
      if (pieces.value.length > max) return refused(`more than ${max} values`);
      const values: T[] = [];
      for (const [index, piece] of pieces.value.entries()) {
        const item = of.read(piece);
        if (!item.ok) return refused(`value ${index + 1} of ${pieces.value.length}: ${item.why}`);
        values.push(item.value);
      }
      return found(values);
    },
  };
}

/** An absolute URL with one of the protocols (default http and https), returned as written without a trailing slash. */
export function url({ protocols = ['http', 'https'] }: { readonly protocols?: readonly string[] } = {}): Kind<string> {
  return {
    allowed: `a URL beginning with ${protocols.map((name) => `${name}://`).join(' or ')}`,
    read(value) {
      const parsed = URL.parse(value);
      if (parsed === null) return refused('not a URL');
      if (!protocols.includes(parsed.protocol.slice(0, -1))) return refused('a URL of another protocol');
      if (parsed.host === '') return refused('a URL without a host');
      return found(value.replace(/\/+$/, ''));
    },
  };
}

const unitsInMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A length of time such as `500ms`, `30s`, `5m`, `12h`, `1h30m` or `7d`; in milliseconds, as are `min` and `max`. */
export function duration(range: Range = {}): Kind<number> {
  return {
    allowed: `a duration such as 500ms, 30s, 5m, 1h30m or 7d${durationRangeInWords(range)}`,
    inWords: durationInWords,
    read(value) {
      if (value === '0') return within(0, range, durationInWords);
      if (!/^(?:\d{1,9}(?:\.\d{1,3})?(?:ms|s|m|h|d))+$/.test(value)) return refused('not a duration with a unit');
      let total = 0;
      for (const [, amount, unit] of value.matchAll(/([\d.]+)(ms|s|m|h|d)/g)) {
        total += Number(amount) * unitsInMs[unit as keyof typeof unitsInMs];
      }
      return within(Math.round(total), range, durationInWords);
    },
  };
}

/** A format of the program's own. `read` may throw; what it throws becomes the reason and must not repeat secrets. */
export function custom<T>(rules: {
  readonly allowed: string;
  readonly read: (text: string) => T;
  readonly secret?: boolean;
  readonly acceptsEmpty?: boolean;
}): Kind<T> {
  return {
    allowed: rules.allowed,
    secret: rules.secret,
    acceptsEmpty: rules.acceptsEmpty,
    read(value) {
      try {
        return found(rules.read(value));
      } catch (error) {
        return refused(error instanceof Error ? error.message : 'does not have the expected form');
      }
    },
  };
}

/** The same kind, but it may stay unset: its value is then undefined. */
export function optional<T>(kind: Kind<T>): Kind<T | undefined> {
  return { ...kind, mayBeUnset: true };
}

function within(value: number, range: Range, words: (value: number) => string = String): Reading<number> {
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return refused('too large a number');
  if (range.min !== undefined && value < range.min) return refused(`less than ${words(range.min)}`);
  if (range.max !== undefined && value > range.max) return refused(`more than ${words(range.max)}`);
  return found(value);
}

function rangeInWords({ min, max }: Range, words: (value: number) => string = String): string {
  if (min !== undefined && max !== undefined) return ` from ${words(min)} to ${words(max)}`;
  if (min !== undefined) return `, at least ${words(min)}`;
  return max === undefined ? '' : `, at most ${words(max)}`;
}

function durationRangeInWords(range: Range): string {
  const words = rangeInWords(range, durationInWords);
  return words.startsWith(' from') ? `,${words}` : words;
}

// 90000 as 90s, 3600000 as 1h: the largest unit that divides it.
function durationInWords(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms !== 0 && ms % unitsInMs[unit] === 0) return `${ms / unitsInMs[unit]}${unit}`;
  }
  return `${ms}ms`;
}

function split(value: string): Reading<readonly string[]> {
  if (!value.startsWith('[')) {
    return found(
      value
        .split(',')
        .map((piece) => piece.trim())
        .filter((piece) => piece !== ''),
    );
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return refused('begins with [ but is not a JSON array');
  }
  if (!Array.isArray(parsed)) return refused('not a JSON array');
  const pieces: string[] = [];
  for (const item of parsed as unknown[]) {
    if (typeof item !== 'string' && typeof item !== 'number')
      return refused('a JSON array with something else than strings');
    if (String(item).trim() !== '') pieces.push(String(item).trim());
  }
  return found(pieces);
}

// Kubernetes sets NAME_PORT=tcp://… for every Service of the namespace, over our own NAME_PORT.
function serviceLinkNote(value: string): string {
  return /^(?:tcp|udp|sctp):\/\//.test(value)
    ? '; Kubernetes sets it for a Service of this name: set enableServiceLinks: false on the pod'
    : '';
}
