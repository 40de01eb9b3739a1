/** Settings whose wrong values must not keep the gate from starting: they are taken as not set, and said (1.2). */
import { custom } from '@pratique/runtime/config';
import type { Kind } from '@pratique/runtime/config';

/** What was given instead of a usable value. */
export class Unusable {
  readonly why: string;
  readonly allowed: string;

  constructor(why: string, allowed: string) {
    this.why = why;
    this.allowed = allowed;
  }
}

/** The same kind, which gives an {@link Unusable} where it would refuse. */
export function forgiving<T>(kind: Kind<T>): Kind<T | Unusable> {
  return {
    ...kind,
    allowed: `${kind.allowed}; anything else is warned about, and the default is used`,
    inWords: (value) => (value instanceof Unusable ? '' : (kind.inWords?.(value) ?? String(value))),
    read(text) {
      const reading = kind.read(text);
      return reading.ok ? reading : { ok: true, value: new Unusable(reading.why, kind.allowed) };
    },
  };
}

const yes: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const no: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** Yes or no, in the spellings Connaisseur takes. */
export function flag(): Kind<boolean> {
  return custom({
    allowed: '1, t, T, TRUE, true, True, 0, f, F, FALSE, false or False',
    read(text) {
      if (yes.has(text)) return true;
      if (no.has(text)) return false;
      throw new Error('neither yes nor no');
    },
  });
}
