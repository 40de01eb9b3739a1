/** In which class a registry that could not be read puts an image. */
import { ociFaultClass } from '@pratique/oci';
import type { OciFaultCode } from '@pratique/oci';
import type { Fault } from '@pratique/runtime/fault';
import type { RefusalClass } from '../verdict.ts';

/** The class of a fault of reading; what is not known to be definite may be different in a moment. */
export function faultClass(fault: Fault): RefusalClass {
  if (fault.code === 'registry-tls') return 'registry_tls';
  // Codes of other packages have no class there and come back as `internal`.
  switch (ociFaultClass(fault.code as OciFaultCode)) {
    case 'registry-auth':
      return 'registry_auth';
    case 'image-not-found':
      return 'image_not_found';
    case 'input':
      return 'config';
    case 'registry-storage':
    case 'registry-unavailable':
    case 'conflict':
    case 'internal':
      return 'registry_unreachable';
  }
}
