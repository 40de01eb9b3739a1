import type { ServiceAccess } from '@pratique/sigstore';
import { productVersion } from '../product-version.ts';
import { serviceFetch } from './fetch-text.ts';
import type { Surroundings } from './surroundings.ts';

/** How services are reached: through the proxy of the variables, until the time limit. */
export function serviceAccess(surroundings: Surroundings): ServiceAccess {
  return {
    fetch: serviceFetch(surroundings),
    random: Math.random,
    signal: surroundings.signal,
    userAgent: `pratique/${productVersion}`,
  };
}
