/** See install-state.mjs. */
export declare function reasonToInstall(root: string): string | undefined;
