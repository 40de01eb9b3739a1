/** What the gate remembers between requests; begin at {@link createVerdicts}. */
export { createVerdicts } from './verdicts.ts';
export type { Answered, LookUp, Verdicts, VerdictTimes } from './verdicts.ts';
export type { AskedImage } from './answer-keys.ts';
export type { Ledger, LedgerEntry } from './ledger.ts';
export { createMemoryStore } from './memory-store.ts';
export { createRedisStore } from './redis-store.ts';
export { layerStores } from './layered-store.ts';
export { sealStore } from './sealed-store.ts';
export type { StoreEvent, VerdictStore } from './verdict-store.ts';
