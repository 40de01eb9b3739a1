/**
 * Images as the OCI specifications define them: references, digests, manifests, and the places that keep them.
 * A registry, a layout on disk and a memory all answer the same few calls (`store.ts`), so copying, signing and
 * scanning are written once.
 */
export type { ContentStore, ReferrerList, StoredManifest } from './store.ts';
