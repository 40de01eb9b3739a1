/**
 * Writing a tag that others write at the same moment. Registries promise nothing, and stock tools lose about three of four
 * signatures that way, so a writer waits a little and looks whether its part is still there.
 */
import type { Waiting } from '@pratique/oci';

/** What waiting needs from outside. */
export interface Contention extends Waiting {
  /** Between 0 and 1; spreads writers that collide. */
  readonly random: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** How often a change is merged and written again before it counts as lost. */
export const writeAttempts = 10;

/** Milliseconds before a collision is tried again. */
const collision = { least: 50, most: 500 } as const;

// A writer who read before our write must have written by then, or it will see ours: longer than a manifest takes to upload.
const settling = { least: 250, most: 500 } as const;

/** Waits before a change is merged again. */
export function pauseAfterCollision(contention: Contention): Promise<void> {
  return pause(contention, collision);
}

/** Waits until a writer who had read the state before ours must have finished. */
export function pauseToSettle(contention: Contention): Promise<void> {
  return pause(contention, settling);
}

function pause(
  { random, sleep, signal }: Contention,
  { least, most }: typeof collision | typeof settling,
): Promise<void> {
  return sleep(least + random() * (most - least), signal);
}
