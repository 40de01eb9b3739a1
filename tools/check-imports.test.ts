import { describe, expect, it } from 'vitest';
import { findViolations } from './check-imports.ts';
import { areas, bannedInLibraries, globalsAllowed } from './imports/areas.ts';
import { judgeFile } from './imports/rules.ts';
import type { Doors } from './imports/rules.ts';

const doors: Doors = new Map([
  [
    '@pratique/runtime',
    new Map([
      ['.', 'packages/runtime/src/index.ts'],
      ['./fault', 'packages/runtime/src/fault.ts'],
      ['./log', 'packages/runtime/src/log.ts'],
    ]),
  ],
  ['@pratique/stackrox', new Map([['.', 'packages/stackrox/src/index.ts']])],
  [
    '@pratique/hub',
    new Map([
      ['./contract', 'apps/hub/contract/index.ts'],
      ['./start', 'apps/hub/src/start.ts'],
    ]),
  ],
  ['@pratique/testbed', new Map([['./postgres', 'testbed/src/postgres.ts']])],
]);

const broken = (file: string, text: string) => judgeFile(file, text, doors).map((violation) => violation.what);

describe('a planted violation', () => {
  it.each([
    [
      'packages/stackrox/src/a.ts',
      "import { createLog } from '@pratique/runtime/log';",
      'stackrox may not import @pratique/runtime/log',
    ],
    ['packages/runtime/src/a.ts', "import x from '@pratique/stackrox';", 'runtime may not import @pratique/stackrox'],
    ['apps/hub/contract/a.ts', "import pg from 'pg';", 'hub contract may not import pg'],
    [
      'apps/hub/contract/a.ts',
      "import { Fault } from '@pratique/runtime/fault';",
      'hub contract may not import @pratique/runtime/fault',
    ],
    ['apps/hub/contract/a.ts', "import x from '../src/start.ts';", 'reaches into hub with ../src/start.ts'],
    [
      'apps/hub/ui/src/a.tsx',
      "import { startHub } from '@pratique/hub/start';",
      'hub interface may not import @pratique/hub/start',
    ],
    [
      'apps/hub/ui/src/a.tsx',
      "import x from '../../contract/cves.ts';",
      'reaches into hub contract with ../../contract/cves.ts',
    ],
    ['apps/hub/src/start.ts', "import x from '@pratique/scanner';", 'there is no package @pratique/scanner'],
    [
      'apps/hub/src/start.ts',
      "import x from '@pratique/runtime/src/fault.ts';",
      '@pratique/runtime has no door ./src/fault.ts',
    ],
    ['apps/hub/src/start.ts', "import x from '@pratique/testbed/postgres';", 'imports @pratique/testbed/postgres'],
    [
      'apps/hub/src/start.ts',
      "import x from './database/for-test.ts';",
      'imports ./database/for-test.ts, which exists for tests',
    ],
    ['apps/hub/src/cves/list.ts', "import x from '../../contract/cves.ts';", 'climbs with ../../contract/cves.ts'],
    [
      'apps/hub/src/cves/list.ts',
      "import x from '../images/routes.ts';",
      'imports the routes of another domain (../images/routes.ts)',
    ],
    [
      'apps/cli/src/scan.ts',
      "import x from '@pratique/hub/start';",
      'cli may not import @pratique/hub/start except through import()',
    ],
    ['apps/cli/src/scan.ts', "await import('@pratique/testbed/postgres');", 'imports @pratique/testbed/postgres'],
    ['packages/stackrox/src/deep/index.ts', 'export const a = 1;', 'is an index file that is no door'],
    ['packages/stackrox/src/a.ts', 'const a = process.env.HOME;', 'uses process.env'],
    ['packages/stackrox/src/a.ts', 'console.log(1);', 'uses console'],
    ['packages/stackrox/src/a.ts', 'const a = Date.now();', 'uses Date.now()'],
    ['packages/stackrox/src/a.ts', 'const a = new Date();', 'uses new Date()'],
    ['packages/runtime/src/config.ts', 'process.exit(1);', 'uses process.exit'],
  ])('in %s is found: %s', (file, text, what) => {
    expect(broken(file, text)).toContain(what);
  });

  it('comes with its line and the reason of the rule', () => {
    const [violation] = judgeFile('packages/stackrox/src/a.ts', '\n\nconst a = Date.now();', doors);
    expect(violation).toMatchObject({ line: 3, because: expect.stringContaining('time is passed in') });
  });
});

describe('what is allowed', () => {
  it.each([
    ['packages/stackrox/src/a.ts', "import { Fault } from '@pratique/runtime/fault'; import pg from 'pg';"],
    ['packages/stackrox/src/a.test.ts', "import x from '@pratique/testbed/postgres'; const a = Date.now();"],
    ['packages/stackrox/src/central-fixture.ts', "import x from '@pratique/testbed/postgres';"],
    ['packages/stackrox/src/a.ts', "// console.log\nconst a = 'process.env'; const b = new Date(0);"],
    ['apps/hub/contract/a.ts', "import Type from 'typebox'; import { b } from './b.ts';"],
    [
      'apps/hub/src/start.ts',
      "import { c } from '../contract/cves.ts'; import { createLog } from '@pratique/runtime/log';",
    ],
    [
      'apps/hub/src/cves/list.ts',
      "import { c } from '@pratique/hub/contract'; import { s } from '../images/store.ts';",
    ],
    ['apps/hub/src/http/server.ts', "import { r } from '../cves/routes.ts';"],
    [
      'apps/hub/ui/src/cves/list.tsx',
      "import x from '../../design/card.tsx'; import type { C } from '@pratique/hub/contract';",
    ],
    ['apps/cli/src/hub.ts', "const { start } = await import('@pratique/hub/start');"],
    ['apps/cli/src/demo.ts', "import x from '@pratique/testbed/postgres';"],
    ['packages/runtime/src/index.ts', "export { Fault } from './fault.ts';"],
  ])('in %s is not reported', (file, text) => {
    expect(broken(file, text)).toEqual([]);
  });
});

describe('the rules', () => {
  it('all give a reason', () => {
    for (const rule of [...areas, ...bannedInLibraries, ...globalsAllowed])
      expect(rule.because.length).toBeGreaterThan(15);
  });

  it('see the files of this checkout', async () => {
    expect((await findViolations()).files).toBeGreaterThan(30);
  });

  it('allow no exception that is not used', async () => {
    const { readFile } = await import('node:fs/promises');
    const { root } = await import('./repository.ts');
    for (const { file, name } of globalsAllowed) {
      const banned = bannedInLibraries.find((entry) => entry.name === name);
      expect(banned?.pattern.test(await readFile(`${root}/${file}`, 'utf8')), file).toBe(true);
    }
  });
});

describe('this checkout', () => {
  it('breaks none of its import rules, and was really looked at', async () => {
    const { files, violations } = await findViolations();
    expect(violations).toEqual([]);
    expect(files).toBeGreaterThan(100);
  });
});
