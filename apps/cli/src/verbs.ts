/** Every verb in one light table: what is not asked for is not loaded, so that small verbs answer at once. */
import type { Command } from 'commander';

/** A verb and where it lives. */
export interface VerbEntry {
  readonly name: string;
  readonly summary: string;
  readonly group: 'Programs' | 'Admission' | 'Signing' | 'Keys' | 'Looking and moving' | 'Trust' | 'About';
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
  program('gate', 'run the admission webhook: judges and pins the images of workloads', async () =>
    (await import('./gate.ts')).gateCommand(),
  ),
  program('registry', 'run a small OCI registry, for demonstrations and tests', async () =>
    (await import('./registry.ts')).registryCommand(),
  ),
  ...signing('Admission', {
    review: [
      'judge manifests or images by the policy of a gate, as the gate would',
      () => import('./review/review.ts'),
    ],
  }),
  ...signing('Signing', {
    sign: ['sign images and store the signatures beside them', () => import('./signing/sign.ts')],
    attest: ['sign a statement about images', () => import('./signing/attest.ts')],
    'sign-blob': ['sign files', () => import('./signing/sign-blob.ts')],
    'attest-blob': ['sign a statement about a file', () => import('./signing/attest-blob.ts')],
    verify: ['check that images are signed, by whom and for which digest', () => import('./signing/verify.ts')],
    'verify-attestation': ['check what somebody stated about images', () => import('./signing/verify-attestation.ts')],
    manifest: ['check the images a Kubernetes manifest names', () => import('./signing/manifest.ts')],
    dockerfile: ['check the images a Dockerfile builds on', () => import('./signing/dockerfile.ts')],
    'verify-blob': ['check the signature of a file', () => import('./signing/verify-blob.ts')],
    'verify-blob-attestation': [
      'check what somebody stated about a file',
      () => import('./signing/verify-blob-attestation.ts'),
    ],
  }),
  ...signing('Keys', {
    'generate-key-pair': ['make a key pair to sign with', () => import('./signing/generate-key-pair.ts')],
    'import-key-pair': ['encrypt a private key you have', () => import('./signing/import-key-pair.ts')],
    'public-key': ['print the public half of a key', () => import('./signing/public-key.ts')],
  }),
  ...signing('Looking and moving', {
    tree: ['show everything that is attached to an image', () => import('./signing/tree.ts')],
    download: ['print signatures, attestations, an SBOM', () => import('./signing/download.ts')],
    copy: ['copy an image with all that is attached', () => import('./signing/copy.ts')],
    save: ['save an image with all that is attached to a folder', () => import('./signing/save.ts')],
    load: ['push what save has written', () => import('./signing/load.ts')],
    attach: ['store a signature that was made elsewhere', () => import('./signing/attach.ts')],
    clean: ['remove signatures and attestations', () => import('./signing/clean.ts')],
    triangulate: ['print where the signatures of an image are kept', () => import('./signing/triangulate.ts')],
    login: ['keep credentials of a registry', () => import('./signing/login.ts')],
  }),
  ...signing('Trust', {
    initialize: ['choose whose trust material is used, and fetch it', () => import('./signing/initialize.ts')],
    trust: ['bring trust material up to date, take it along', () => import('./signing/trust-verbs.ts')],
    'trusted-root': ['write a trusted_root.json for a private deployment', () => import('./signing/trusted-root.ts')],
    'signing-config': ['write a signing configuration', () => import('./signing/signing-config.ts')],
  }),
  ...signing('About', {
    env: ['print the variables that signing reads', () => import('./signing/env.ts')],
    completion: ['print a script that completes verbs and flags', () => import('./signing/completion.ts')],
    version: ['print the version of this command', () => import('./signing/version.ts')],
  }),
];
