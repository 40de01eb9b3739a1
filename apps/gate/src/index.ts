/**
 * The admission webhook: takes a workload, answers whether its images may run, and pins them. Behaves as Connaisseur does where
 * that is safe; see docs/gate.md.
 */
export { readGateConfig } from './config.ts';
export type { GateConfig } from './config.ts';
export type { GateFaultCode } from './errors.ts';
export { gatherLines } from './log-lines.ts';
export { startGate } from './start.ts';
export type { GateOptions, GateSurroundings, RunningGate } from './start.ts';
