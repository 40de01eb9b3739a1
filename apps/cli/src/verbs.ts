/** Every verb in one light table: what is not asked for is not loaded, so that small verbs answer at once. */
import type { Command } from 'commander';

/** A verb and where it lives. */
export interface VerbEntry {
  readonly name: string;
  readonly summary: string;
  readonly group: 'Programs' | 'Signing' | 'Keys' | 'Looking and moving' | 'Trust' | 'About';
  readonly load: () => Promise<Command>;
  /** Whether the root flags (`--timeout`, …) before the verb are handed to it. */
  readonly takesRootFlags: boolean;
}

type Loader = () => Promise<{ readonly command: () => Command }>;

function program(name: string, summary: string, load: () => Promise<Command>): VerbEntry {
  return { name, summary, group: 'Programs', load, takesRootFlags: false };
}

function signing(group: VerbEntry['group'], verbsOfGroup: Readonly<Record<string, readonly [string, Loader]>>) {
  return Object.entries(verbsOfGroup).map(([name, [summary, load]]): VerbEntry => ({
    name,
    summary,
    group,
    load: async () => (await load()).command(),
    takesRootFlags: true,
  }));
}

/** In the order of the help. */
export const verbs: readonly VerbEntry[] = [
  program('demo', 'bring up everything with a demo fleet', async () => (await import('./demo.ts')).demoCommand()),
  program('hub', 'run the hub: API and console of the desk', async () => (await import('./serve.ts')).hubCommand()),
  program('registry', 'run a small OCI registry, for demonstrations and tests', async () =>
    (await import('./registry.ts')).registryCommand(),
  ),
  ...signing('Keys', {
    'generate-key-pair': ['make a key pair to sign with', () => import('./signing/generate-key-pair.ts')],
    'import-key-pair': ['encrypt a private key you have', () => import('./signing/import-key-pair.ts')],
    'public-key': ['print the public half of a key', () => import('./signing/public-key.ts')],
  }),
  ...signing('About', {
    version: ['print the version of this command', () => import('./signing/version.ts')],
  }),
];
