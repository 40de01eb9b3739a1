/** Which image texts were accepted under which rule (CAC-10): what unchanged and child approval may lean on. */
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { ledgerKey } from './answer-keys.ts';
import type { VerdictStore } from './verdict-store.ts';

/** An accept that was written down. */
export interface LedgerEntry {
  readonly digest?: string;
  readonly at: Date;
}

/** Accepts only; a day long. */
export interface Ledger {
  record(ruleHash: string, image: string, digest: string | undefined): Promise<void>;
  /** The accept of this text under this rule, if one is known that is no older than `maxAgeMs`. */
  find(ruleHash: string, image: string, maxAgeMs?: number): Promise<LedgerEntry | undefined>;
}

const daySeconds = 24 * 60 * 60;
const entry = Compile(Type.Object({ digest: Type.Optional(Type.String()), rule: Type.String(), at: Type.String() }));

/** Makes a ledger that is kept in `store`. */
export function createLedger(store: VerdictStore, now: () => Date): Ledger {
  return {
    async record(ruleHash, image, digest) {
      const value = JSON.stringify({ digest, rule: ruleHash, at: now().toISOString() });
      await store.set(ledgerKey(ruleHash, image), value, daySeconds);
    },
    async find(ruleHash, image, maxAgeMs = Number.POSITIVE_INFINITY) {
      const found = read(await store.get(ledgerKey(ruleHash, image)), ruleHash);
      return found !== undefined && now().getTime() - found.at.getTime() <= maxAgeMs ? found : undefined;
    },
  };
}

function read(text: string | undefined, ruleHash: string): LedgerEntry | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (!entry.Check(value) || value.rule !== ruleHash) return undefined;
    const at = new Date(value.at);
    if (Number.isNaN(at.getTime())) return undefined;
    return value.digest === undefined ? { at } : { digest: value.digest, at };
  } catch {
    return undefined;
  }
}
