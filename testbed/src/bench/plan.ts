import type { FleetSize } from './fleet-cache.ts';
import type { ReferenceEffort } from './reference-run.ts';

/** How much of everything is measured at a size, so that small and medium together stay within six minutes and large within twenty. */
export interface SizePlan {
  readonly reference: ReferenceEffort;
  /** The dashboard of the reference asks eleven statements. */
  readonly referenceDashboardCapMs: number;
  /** First answers per page and scope of a team. */
  readonly teamSamples: number;
  /** First answers per page of the security team; each needs a version of its own. */
  readonly fleetSamples: number;
  readonly repeats: number;
  readonly mixedLoadMs: number;
  readonly starts: number;
  readonly changedPolls: number;
}

export const plans: Readonly<Record<FleetSize, SizePlan>> = {
  small: {
    reference: { boxMs: 1500, most: 15, capMs: 20_000 },
    referenceDashboardCapMs: 30_000,
    ...{ teamSamples: 30, fleetSamples: 10, repeats: 3, mixedLoadMs: 4_000, starts: 3, changedPolls: 2 },
  },
  medium: {
    reference: { boxMs: 4_000, most: 10, capMs: 60_000 },
    referenceDashboardCapMs: 120_000,
    ...{ teamSamples: 30, fleetSamples: 10, repeats: 3, mixedLoadMs: 6_000, starts: 3, changedPolls: 2 },
  },
  large: {
    reference: { boxMs: 5_000, most: 5, capMs: 150_000 },
    referenceDashboardCapMs: 240_000,
    ...{ teamSamples: 20, fleetSamples: 8, repeats: 3, mixedLoadMs: 8_000, starts: 3, changedPolls: 3 },
  },
};
