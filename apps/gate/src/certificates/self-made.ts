/** A certificate made in memory: for a gate without a cluster, and as a stand-in while there is none. */
import { checkKeyPair, createAuthority, issueLeaf, parseBundle } from '@pratique/tls';
import type { Making } from '@pratique/tls';
import type { ServedMaterial } from './served-certificate.ts';

/** Whom it is for. */
export interface SelfMadeRequest extends Making {
  readonly source: 'generated' | 'stand-in';
  readonly names: readonly string[];
  readonly addresses?: readonly string[];
}

/** Makes an authority and a leaf that live as long as the process; the key of the authority is forgotten at once. */
export async function makeForMemory(request: SelfMadeRequest): Promise<ServedMaterial> {
  const { source, names, addresses, now, random } = request;
  const authority = await createAuthority({ name: source, now, random });
  const pair = await issueLeaf({ authority, names, ...(addresses && { addresses }), now, random });
  return {
    pair: checkKeyPair(pair, 'certificate made in memory'),
    source,
    authorities: parseBundle(authority.certificate, 'authority made in memory'),
  };
}
