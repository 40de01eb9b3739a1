/**
 * How any program of this product behaves: how it fails (`./fault`), what it refuses to read or wait
 * for (`./limit`), how it is configured (`./config`), what it logs (`./log`), which problems it knows
 * about itself (`./health`), how it starts and stops (`./serve`) and how it is measured (`./metrics`).
 * Each is a door of its own, so that a library can take `./fault` without a logger coming along; this
 * one holds only what every door shares.
 */
export { Fault, isFault, excerpt } from './fault.ts';
export type { FaultDetails } from './fault.ts';
export type { RuntimeFaultCode } from './errors.ts';
