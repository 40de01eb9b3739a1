/**
 * Writing a tag that others write at the same moment. Registries promise nothing, and stock tools lose about three of four
 * signatures that way, so a writer waits a little and looks whether its part is still there.
 */
import type { OciFaultCode, Waiting } from '@pratique/oci';
import { isFault } from '@pratique/runtime/fault';

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

/**
 * Whether a registry refused a manifest because it stumbled over another writer: the reference registry reads the link of a
 * blob that is being rewritten as an invalid digest, others lose the blob. Both are gone when it is tried again.
 */
export function isStumble(error: unknown): boolean {
  if (isFault<OciFaultCode>(error, 'registry-upload-lost')) return true;
  return isFault<OciFaultCode>(error, 'registry-refused') && error.values['wireCode'] === 'DIGEST_INVALID';
}

/** Runs a write again, a few times, where the registry stumbled. */
export async function overStumbles<T>(write: () => Promise<T>, contention: Contention): Promise<T> {
  for (let left = stumbles; ; left -= 1) {
    try {
      return await write();
    } catch (error) {
      if (left === 0 || !isStumble(error)) throw error;
      await pauseAfterCollision(contention);
    }
  }
}

// A real refusal looks the same, so it must not be repeated for long.
const stumbles = 3;
