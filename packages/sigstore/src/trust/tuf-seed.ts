/**
 * First roots that are known without being told. They come with the package @sigstore/tuf (Apache-2.0, The Sigstore
 * Authors), in its file `seeds.json`: by mirror, the root metadata and some targets as they were when it was released.
 * Updating that package updates them.
 */
import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' };

/** The repository of the public deployment. */
export const publicMirror = 'https://tuf-repo-cdn.sigstore.dev';

/** What is known of a repository from the beginning. */
export interface TrustSeed {
  /** Metadata of role root. */
  readonly root: Uint8Array;
  /** By name. */
  readonly targets: Readonly<Record<string, Uint8Array>>;
}

/** What is known of a mirror, or undefined. */
export function seedOf(mirror: string): TrustSeed | undefined {
  const known: Readonly<Record<string, Seed>> = seeds;
  const seed = Object.hasOwn(known, mirror) ? known[mirror] : undefined;
  if (seed === undefined) return undefined;
  const targets = Object.entries(seed.targets).map(([name, content]): [string, Uint8Array] => [
    decodeURIComponent(name),
    Buffer.from(content, 'base64'),
  ]);
  return { root: Buffer.from(seed['root.json'], 'base64'), targets: Object.fromEntries(targets) };
}

interface Seed {
  readonly 'root.json': string;
  readonly targets: Readonly<Record<string, string>>;
}
