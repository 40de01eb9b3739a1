/**
 * Databases shaped like StackRox Central's: one for the demo that a person can read, and large ones
 * for measuring. Both are deterministic.
 */
export { buildDemoFleet } from './demo-fleet.ts';
export type { DemoFleetRequest, FleetRelease, RowCounts } from './demo-fleet.ts';
export type { ImageIdentity } from './images.ts';
export { imageV2Id } from './images.ts';
export { fleetRole } from './role.ts';
export type { FleetRole, FleetRoleRequest } from './role.ts';
export { buildScaleFleet } from './scale-fleet.ts';
export type { ScaleFleetRequest } from './scale-fleet.ts';
export { scaleShapes } from './scale-plan.ts';
export type { ScaleShape } from './scale-plan.ts';
