/** In which of the three ways a registry can fail a fault belongs, for outcomes that are "could not look". */
import { ociFaultClass } from '@pratique/oci';
import type { OciFaultCode } from '@pratique/oci';
import { isFault } from '@pratique/runtime/fault';
import type { Fault } from '@pratique/runtime/fault';

/** The outcomes of a look-up that did not happen. */
export type RegistryClass = 'registry-auth' | 'registry-unavailable' | 'registry-storage';

/** The class of a fault of a store; anything that is no fault of reading is "unavailable", since nothing was seen. */
export function registryClass(fault: Fault): RegistryClass {
  // Codes of other packages have no class there and come back as `internal`.
  const found = ociFaultClass(fault.code as OciFaultCode);
  if (found === 'registry-auth' || found === 'registry-storage') return found;
  return 'registry-unavailable';
}

/** Whether a thrown value is about reading content rather than a mistake in what was asked. */
export function isStoreFault(error: unknown): error is Fault {
  return isFault(error) && /^(?:registry|credential|layout|content|manifest|fallback|image-not-found)/.test(error.code);
}
