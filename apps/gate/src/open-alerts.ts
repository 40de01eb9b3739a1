/** Alerts, where a document configures them. */
import type { Measured } from './measure.ts';
import type { GateOptions, GateSurroundings } from './options.ts';
import type { Alerts } from './review/needs.ts';

/** Opens what the alerting document says, or undefined where it says nothing. */
export async function openAlerts(_parts: {
  readonly options: GateOptions;
  readonly surroundings: GateSurroundings;
  readonly measured: Measured;
}): Promise<(Alerts & { stop(): Promise<void> }) | undefined> {
  return undefined;
}
