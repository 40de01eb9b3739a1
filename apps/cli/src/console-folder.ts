import { fileURLToPath } from 'node:url';

/** The console as built beside the hub. */
export function consoleFolder(): string {
  return fileURLToPath(new URL('../../hub/ui/dist', import.meta.url));
}
