/**
 * A repository that is read only so far. Whoever may push beside an image may push a thousand signatures; what goes beyond the
 * bounds fails to be read, which is not the same as not being there.
 */
import type { ContentStore, Descriptor, ReferrerList, ReferrerQuery, Waiting } from '@pratique/oci';
import { Fault } from '@pratique/runtime/fault';
import type { SigstoreFaultCode } from '@pratique/sigstore';
import type { CosignLimits } from './evidence.ts';

/** A store with the bounds of one look-up, and whether its list of referrers was longer. */
export interface BoundedStore {
  readonly store: ContentStore;
  /** Why not all referrers were opened, where that is so. */
  unread(): Fault | undefined;
}

const bundleType = 'application/vnd.dev.sigstore.bundle';

/** Bounds a store for one look-up. */
export function boundedStore(store: ContentStore, limits: CosignLimits): BoundedStore {
  let bytesLeft = limits.totalBytes;
  let blobsLeft = 2 * limits.layers + limits.referrers;
  let unread: Fault | undefined;
  const blob = (descriptor: Pick<Descriptor, 'digest' | 'size'>, waiting?: Waiting) => {
    // What is too large now leaves room for the small ones after it, which signatures are.
    if (blobsLeft <= 0 || descriptor.size > bytesLeft) return Promise.reject(tooMany(store.name, limits));
    blobsLeft -= 1;
    bytesLeft -= descriptor.size;
    return store.blob(descriptor, waiting);
  };
  const referrers = async (digest: string, query?: ReferrerQuery): Promise<ReferrerList> => {
    const list = await store.referrers(digest, query);
    if (list.descriptors.length <= limits.referrers) return list;
    const ordered = [...list.descriptors].sort((one, other) => Number(isBundle(other)) - Number(isBundle(one)));
    // A long list of SBOMs and scans hides no signature as long as everything that may be one is opened.
    const kept = ordered.slice(0, limits.referrers);
    if (ordered.slice(limits.referrers).some(mayBeBundle)) unread = tooMany(store.name, limits);
    return { ...list, descriptors: kept };
  };
  return { store: proxied(store, { blob, referrers }), unread: () => unread };
}

function isBundle({ artifactType }: Descriptor): boolean {
  return artifactType?.startsWith(bundleType) === true;
}

/** Old fallback lists say nothing of the type, or a wrong one. */
function mayBeBundle(descriptor: Descriptor): boolean {
  return (
    isBundle(descriptor) || (descriptor.artifactType ?? '').includes('empty') || descriptor.artifactType === undefined
  );
}

/** The store with some calls replaced; its own calls keep their `this`. */
function proxied(store: ContentStore, calls: Pick<ContentStore, 'blob' | 'referrers'>): ContentStore {
  return {
    name: store.name,
    resolve: (target, waiting) => store.resolve(target, waiting),
    manifest: (target, waiting) => store.manifest(target, waiting),
    putManifest: (write, waiting) => store.putManifest(write, waiting),
    deleteManifest: (target, waiting) => store.deleteManifest(target, waiting),
    hasBlob: (digest, waiting) => store.hasBlob(digest, waiting),
    putBlob: (write, waiting) => store.putBlob(write, waiting),
    tags: (waiting) => store.tags(waiting),
    ...calls,
  };
}

function tooMany(store: string, limits: CosignLimits): Fault {
  return new Fault<SigstoreFaultCode>({
    code: 'too-many-signatures',
    message: `More is attached in ${store} than is read for one image (${limits.layers} layers, ${limits.referrers} bundles, ${limits.totalBytes} bytes).`,
    hint: 'Remove signatures and attestations that nobody needs with `pratique clean`.',
    values: { store, layers: limits.layers, referrers: limits.referrers, bytes: limits.totalBytes },
  });
}
