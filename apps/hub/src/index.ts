/**
 * The hub: the desk where every team sees the CVEs of its own namespaces and the security team those of the fleet. It reads StackRox through an
 * elected reader, keeps what it read in its own database, and answers from an immutable snapshot in memory. Start it with
 * {@link startHub}; its settings are declared in `config.ts`; what may be asked of it is the contract.
 */
export { hubSettings, readHubConfig } from './config.ts';
export type { HubConfig } from './config.ts';
export { startHub } from './start.ts';
export type { Hub, HubOptions } from './start.ts';
export type { DeploymentTrials, Trial, TrialOutcome } from './dev/trials.ts';
export type { DemoPerson } from './identity/dev.ts';
