/** A small OCI 1.1 registry on disk, for demonstrations and tests. */
export {};
