/**
 * A small OCI 1.1 registry on disk, for demonstrations and tests: push, pull, referrers, tags, deletion and garbage
 * collection, with optional TLS and users. It is one process on one folder, and not meant to serve a company.
 */
export { collectGarbage } from './collect-garbage.ts';
export { readRegistryConfig, registrySettings } from './config.ts';
export type { RegistryConfig } from './config.ts';
export type { RegistryServerFaultCode } from './errors.ts';
export { defaultLimits } from './limits.ts';
export type { RegistryLimits } from './limits.ts';
export { startRegistry } from './start.ts';
export type { RegistryOptions, RunningRegistry } from './start.ts';
export type { GarbageReport } from './store/garbage.ts';
