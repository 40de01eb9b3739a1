import { testbedFault } from '../errors.ts';
import type { ImageIdentity } from './images.ts';

/**
 * The image identity of a fleet: what the release does by itself, unless asked otherwise. The flag
 * behind V2 exists since 4.9 and is on since 4.11.
 *
 * @throws Fault `fleet-request-invalid` when the release does not know V2
 */
export function assertIdentity(release: string, wanted: ImageIdentity | undefined): ImageIdentity {
  if (wanted !== undefined && wanted !== 'v1' && release === '4.8') {
    throw testbedFault({
      code: 'fleet-request-invalid',
      message: `Release ${release} has no V2 image identity, so a fleet with identity "${wanted}" cannot be made on it.`,
      hint: 'Ask for identity v1, or for release 4.9 or later.',
      values: { release, identity: wanted },
    });
  }
  return wanted ?? (release === '4.11' || release === 'next' ? 'v2' : 'v1');
}
