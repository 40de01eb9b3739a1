import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readDoor, withoutDoors } from './bundle-doors.ts';
import { bundleInto } from './bundle.ts';
import { runQuietly } from './step.ts';

let folder: string;
let files: Metafile;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundle-doors-'));
  const metafile = join(folder, 'files.json');
  const built = await runQuietly(bundleInto(join(folder, 'dist'), metafile));
  if (!built.ok) throw new Error(built.output);
  files = JSON.parse(await readFile(metafile, 'utf8')) as Metafile;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Every command line goes through these. */
const start = ['apps/cli/src/main.ts', 'apps/cli/src/run.ts', 'apps/cli/src/command.ts'];

it('`pratique version` loads the parser of command lines and nothing else from outside', () => {
  const loaded = loadedBy([...start, 'apps/cli/src/signing/version.ts']);
  expect(packagesOf(loaded.files)).toEqual(['commander', 'picocolors']);
  expect(loaded.files.filter((file) => file.startsWith('packages/') && !file.startsWith('packages/runtime/'))).toEqual(
    [],
  );
});

it('`pratique verify` with a key loads no update client, no signing service, no cluster, no hub', () => {
  const loaded = loadedBy([...start, 'apps/cli/src/signing/verify.ts']);
  const heavy =
    /^(?:undici|tuf-js|@tufjs\/.*|@sigstore\/(?:tuf|verify|bundle|protobuf-specs)|@kubernetes\/.*|pg|cli-progress)$/;
  expect(packagesOf(loaded.files).filter((name) => heavy.test(name))).toEqual([]);
  const own =
    /^(?:apps\/(?:hub|registry)\/|packages\/sigstore\/src\/(?:sign\/(?:fulcio|rekor|login|sign-image)|trust\/tuf))/;
  expect(loaded.files.filter((file) => own.test(file))).toEqual([]);
  expect(loaded.files).toContain('packages/sigstore/src/verify/verify-image.ts');
  // Importing these by name loads all of fetch, or the authorities of the system, before anything is asked.
  for (const name of ['node:http', 'node:https', 'node:tls', 'node:zlib']) expect(loaded.outside).not.toContain(name);
});

it('an import from a door is written as imports from the files behind it', () => {
  const door = readDoor(
    "export { a, b as c } from './x.ts';\nexport type { T } from './y.ts';\nexport * as all from './z.ts';\n",
    '/p',
  );
  const doors = new Map([['@pratique/p', door]]);
  const text =
    "import {\n  a,\n  c as d,\n  all,\n  type T,\n} from '@pratique/p';\nimport { e } from '@pratique/q';\n";
  const written = withoutDoors(text, doors);
  expect(written).toBe(
    'import { a as a } from "/p/x.ts"; import { b as d } from "/p/x.ts"; import * as all from "/p/z.ts";' +
      "\n\n\n\n\n\nimport { e } from '@pratique/q';\n",
  );
  expect(() => withoutDoors("import { nothing } from '@pratique/p';", doors)).toThrow('does not export nothing');
});

/** The sources in all output files that are loaded before one of these entries runs. */
function loadedBy(entries: readonly string[]): {
  readonly files: readonly string[];
  readonly outside: readonly string[];
} {
  const seen = new Set<string>();
  const outside = new Set<string>();
  const visit = (path: string): void => {
    const output = files.outputs[path];
    if (output === undefined || seen.has(path)) return;
    seen.add(path);
    for (const { path: next, kind, external } of output.imports) {
      if (kind !== 'import-statement') continue;
      if (external === true) outside.add(next);
      else visit(next);
    }
  };
  for (const entry of entries) {
    const found = Object.keys(files.outputs).find((path) => files.outputs[path]?.entryPoint === entry);
    if (found === undefined) throw new Error(`${entry} has no output of its own`);
    visit(found);
  }
  return { files: [...seen].flatMap((path) => Object.keys(files.outputs[path]?.inputs ?? {})), outside: [...outside] };
}

function packagesOf(paths: readonly string[]): readonly string[] {
  const names = paths.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}
