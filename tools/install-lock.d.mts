/** See install-lock.mjs. */
export declare function withInstallLock(
  path: string,
  how: { readonly work: () => Promise<void> | void; readonly say: (text: string) => void; readonly waitMs?: number },
): Promise<void>;
