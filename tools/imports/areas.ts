/** Who may import what, as data. Changing a line here is a decision; its reason stands beside it. */

/** A part of the repository with its own rule. */
export interface Area {
  readonly name: string;
  /** Folder of its sources, from the root; the longest that matches a file is its area. */
  readonly folder: string;
  /** Doors of ours it may use, `*` for any rest: `@pratique/runtime/*`. Its own package is not needed here. */
  readonly mayImport: readonly string[];
  /** Doors it may use only through `import('…')`. */
  readonly lazily?: readonly string[];
  /** If given, the only foreign libraries it may use. */
  readonly libraries?: readonly string[];
  /** Why the rule is as it is; shown with every violation. */
  readonly because: string;
  /** A library takes everything as an argument: no environment, console, clock, chance or exit. */
  readonly isLibrary?: boolean;
}

const basics = ['@pratique/runtime/fault', '@pratique/runtime/limit'];
const below = [...basics, '@pratique/oci', '@pratique/oci/*'];

export const areas: readonly Area[] = [
  {
    name: 'runtime',
    folder: 'packages/runtime/src',
    mayImport: [],
    isLibrary: true,
    because: 'everything stands on runtime, so it stands on nothing of ours',
  },
  ...['tls', 'oci', 'stackrox'].map((name) => ({
    name,
    folder: `packages/${name}/src`,
    mayImport: basics,
    isLibrary: true,
    because: 'a protocol library must be usable without a logger, a configuration or another protocol',
  })),
  {
    name: 'kube',
    folder: 'packages/kube/src',
    mayImport: [...basics, '@pratique/tls', '@pratique/tls/*'],
    isLibrary: true,
    because: 'a protocol library must be usable without a logger or a configuration',
  },
  ...['sigstore', 'scanner'].map((name) => ({
    name,
    folder: `packages/${name}/src`,
    mayImport: below,
    isLibrary: true,
    because: 'signing and scanning meet only in a program, never in each other',
  })),
  {
    name: 'policy',
    folder: 'packages/policy/src',
    mayImport: [...below, '@pratique/sigstore', '@pratique/sigstore/*'],
    isLibrary: true,
    because: 'the gate, verify and doctor must reach the same verdict, so the engine knows none of them',
  },
  {
    name: 'hub contract',
    folder: 'apps/hub/contract',
    mayImport: [],
    libraries: ['typebox'],
    isLibrary: true,
    because: 'the contract is shared with browsers and clients: schemas only, nothing of the server may come along',
  },
  {
    name: 'hub interface',
    folder: 'apps/hub/ui',
    mayImport: ['@pratique/hub/contract', '@pratique/hub/contract/*'],
    because: 'the interface and the server meet at the contract and nowhere else',
  },
  {
    name: 'hub',
    folder: 'apps/hub/src',
    mayImport: [
      '@pratique/runtime',
      '@pratique/runtime/*',
      '@pratique/tls',
      '@pratique/tls/*',
      '@pratique/stackrox',
      '@pratique/stackrox/*',
    ],
    because:
      'the desk reads clusters through the StackRox database only; it neither scans nor signs nor talks to Kubernetes',
  },
  {
    name: 'spoke',
    folder: 'apps/spoke/src',
    mayImport: [
      '@pratique/runtime',
      '@pratique/runtime/*',
      '@pratique/tls',
      '@pratique/tls/*',
      '@pratique/kube',
      '@pratique/kube/*',
      '@pratique/hub/contract',
      '@pratique/hub/contract/*',
    ],
    because: 'a spoke knows its cluster and the contract of the hub, never the code of the hub',
  },
  {
    name: 'gate',
    folder: 'apps/gate/src',
    mayImport: ['runtime', 'tls', 'kube', 'oci', 'policy', 'hub/contract'].flatMap((name) => [
      `@pratique/${name}`,
      `@pratique/${name}/*`,
    ]),
    because: 'the gate judges through policy only, and knows of the hub just what it may report to it',
  },
  {
    name: 'registry',
    folder: 'apps/registry/src',
    mayImport: ['runtime', 'tls', 'oci'].flatMap((name) => [`@pratique/${name}`, `@pratique/${name}/*`]),
    because: 'a registry keeps content and knows nothing of what is signed, scanned or admitted',
  },
  {
    name: 'cli',
    folder: 'apps/cli/src',
    mayImport: [
      ...['runtime', 'tls', 'kube', 'oci', 'sigstore', 'policy', 'scanner', 'stackrox'].flatMap((name) => [
        `@pratique/${name}`,
        `@pratique/${name}/*`,
      ]),
      '@pratique/hub/contract',
      '@pratique/hub/contract/*',
    ],
    lazily: [
      '@pratique/hub',
      '@pratique/hub/*',
      '@pratique/registry',
      '@pratique/spoke/*',
      '@pratique/gate',
      '@pratique/gate/*',
    ],
    because: 'a verb must not pay for loading a server; programs are loaded lazily, through their doors',
  },
  {
    name: 'testbed',
    folder: 'testbed/src',
    mayImport: ['@pratique/*'],
    because: 'the test bed brings up everything',
  },
];

/** Tests and what exists only for them; such a file may not be imported by anything else. */
export const testFile = /\.test\.tsx?$|(?:^|[/-])(?:for-test|fixture)\.tsx?$/;

/** Who besides tests and the test bed itself may use the test bed. Paths from the root. */
export const testbedUsers = /^apps\/cli\/src\/demo(?:[/.-]|$)|^tools\/|^vitest\.config\.ts$/;

/** Something a library may not touch, and why. */
export interface BannedGlobal {
  readonly pattern: RegExp;
  readonly name: string;
  readonly because: string;
}

export const bannedInLibraries: readonly BannedGlobal[] = [
  {
    name: 'process.env',
    pattern: /\bprocess\s*\.\s*env\b/g,
    because: 'programs own their configuration; a library takes arguments',
  },
  {
    name: 'process.exit',
    pattern: /\bprocess\s*\.\s*(?:exit|abort|kill)\b/g,
    because: 'only a program may end itself',
  },
  { name: 'console', pattern: /\bconsole\s*\./g, because: 'programs own their log; a library returns or throws' },
  {
    name: 'Date.now()',
    pattern: /\bDate\s*\.\s*now\s*\(/g,
    because: 'time is passed in, so that a verdict can be replayed',
  },
  {
    name: 'new Date()',
    pattern: /\bnew\s+Date\s*\(\s*\)/g,
    because: 'time is passed in, so that a verdict can be replayed',
  },
  {
    name: 'Math.random()',
    pattern: /\bMath\s*\.\s*random\b/g,
    because: 'chance is passed in, so that a run can be repeated',
  },
];

/** Exceptions, each with its reason. */
export const globalsAllowed: readonly { readonly file: string; readonly name: string; readonly because: string }[] = [
  {
    file: 'packages/runtime/src/log.ts',
    name: 'process.env',
    because: 'NO_COLOR is about the terminal, not the program',
  },
  { file: 'packages/runtime/src/serve.ts', name: 'process.exit', because: 'ending the program is what it is for' },
];
