/** Judging one file by the rules. Pure: what exists is passed in. */
import { posix } from 'node:path';
import { areas, bannedInLibraries, globalsAllowed, testbedUsers, testFile } from './areas.ts';
import type { Area } from './areas.ts';
import { lineOf, viewSource } from './source.ts';
import type { ImportFound } from './source.ts';

/** A rule that a file breaks. */
export interface Violation {
  /** From the root, with forward slashes. */
  readonly file: string;
  readonly line: number;
  readonly what: string;
  readonly because: string;
}

/** Package name → the doors of its package.json (`.`, `./fault`) and their files from the root. */
export type Doors = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** All rules a source file breaks. */
export function judgeFile(file: string, text: string, doors: Doors): readonly Violation[] {
  const view = viewSource(text);
  const area = areaOf(file);
  const found = view.imports.flatMap((one) =>
    judgeImport(file, area, one, doors).map((broken) => ({ file, line: one.line, ...broken })),
  );
  return [...found, ...judgeGlobals(file, area, view.code), ...judgeDoor(file, doors)];
}

interface Broken {
  readonly what: string;
  readonly because: string;
}

function judgeImport(file: string, area: Area | undefined, one: ImportFound, doors: Doors): readonly Broken[] {
  const { specifier } = one;
  if (specifier.startsWith('.')) return judgeRelative(file, area, specifier);
  if (specifier.startsWith('@pratique/')) return [...judgeDoorOf(specifier, doors), ...judgeOurs(file, area, one)];
  const libraries = isTest(file) ? undefined : area?.libraries;
  if (libraries === undefined || libraries.some((name) => specifier === name || specifier.startsWith(`${name}/`)))
    return [];
  return [{ what: `${area?.name ?? file} may not import ${specifier}`, because: area?.because ?? '' }];
}

function judgeRelative(file: string, area: Area | undefined, specifier: string): readonly Broken[] {
  const broken: Broken[] = [];
  const target = posix.normalize(posix.join(posix.dirname(file), specifier));
  const isInterface = file.startsWith('apps/hub/ui/');
  if (specifier.startsWith('../../') && !isInterface) {
    broken.push({
      what: `climbs with ${specifier}`,
      because: 'imports go down or sideways; a file that must climb lies in the wrong place',
    });
  }
  const other = areaOf(target);
  const ownContract = area?.name === 'hub' && other?.name === 'hub contract';
  if (other !== area && !ownContract && (area !== undefined || other !== undefined)) {
    const to = other?.name ?? target;
    broken.push({
      what: `reaches into ${to} with ${specifier}`,
      because: 'a package is entered through the doors of its package.json',
    });
  }
  if (isTest(target) && !isTest(file) && area?.name !== 'testbed') {
    broken.push({
      what: `imports ${specifier}, which exists for tests`,
      because: 'what is shipped must not depend on what tests need',
    });
  }
  if (area?.name === 'hub' && /(?:^|\/)routes\.ts$/.test(target) && !mayReadRoutes(file, target)) {
    broken.push({
      what: `imports the routes of another domain (${specifier})`,
      because: 'a domain may read the store of another, never its routes',
    });
  }
  return broken;
}

// Routes are wired by what stands above the domains: files directly in src, and the http folder.
function mayReadRoutes(file: string, target: string): boolean {
  const folder = posix.dirname(file);
  return (
    isTest(file) || folder === posix.dirname(target) || folder === 'apps/hub/src' || folder === 'apps/hub/src/http'
  );
}

function judgeDoorOf(specifier: string, doors: Doors): readonly Broken[] {
  const [scope, name, ...rest] = specifier.split('/');
  const known = doors.get(`${scope}/${name}`);
  const because = 'a package has the doors listed in its package.json exports and no others';
  if (known === undefined) return [{ what: `there is no package ${scope}/${name}`, because }];
  const door = rest.length === 0 ? '.' : `./${rest.join('/')}`;
  return known.has(door) ? [] : [{ what: `${scope}/${name} has no door ${door}`, because }];
}

function judgeOurs(file: string, area: Area | undefined, { specifier, lazy }: ImportFound): readonly Broken[] {
  if (specifier.startsWith('@pratique/testbed')) {
    const allowed = isTest(file) || testbedUsers.test(file) || area?.name === 'testbed';
    return allowed
      ? []
      : [
          {
            what: `imports ${specifier}`,
            because: 'only tests, the demo and the benchmark use the test bed; nothing shipped may',
          },
        ];
  }
  // Tests bring up whatever they need; that they use doors is checked all the same.
  if (area === undefined || isTest(file)) return [];
  const own = `@pratique/${area.folder.split('/')[1] ?? ''}`;
  const isOwn =
    area.name !== 'hub contract' &&
    area.name !== 'hub interface' &&
    (specifier === own || specifier.startsWith(`${own}/`));
  if (isOwn || matches(specifier, area.mayImport) || (lazy && matches(specifier, area.lazily ?? []))) return [];
  const onlyLazily = matches(specifier, area.lazily ?? []) ? ' except through import()' : '';
  return [{ what: `${area.name} may not import ${specifier}${onlyLazily}`, because: area.because }];
}

function judgeGlobals(file: string, area: Area | undefined, code: string): readonly Violation[] {
  if (area?.isLibrary !== true || isTest(file)) return [];
  const allowed = globalsAllowed.filter((entry) => entry.file === file).map((entry) => entry.name);
  return bannedInLibraries
    .filter((banned) => !allowed.includes(banned.name))
    .flatMap(({ name, pattern, because }) =>
      [...code.matchAll(pattern)].map((match) => ({
        file,
        line: lineOf(code, match.index),
        what: `uses ${name}`,
        because,
      })),
    );
}

function judgeDoor(file: string, doors: Doors): readonly Violation[] {
  if (!/(?:^|\/)index\.tsx?$/.test(file) || areaOf(file) === undefined) return [];
  const isDoor = [...doors.values()].some((list) => [...list.values()].includes(file));
  const because = 'index.ts exists only as a door listed in package.json exports; there are no barrels inside';
  return isDoor ? [] : [{ file, line: 1, what: 'is an index file that is no door', because }];
}

function areaOf(file: string): Area | undefined {
  const matching = areas.filter((area) => file.startsWith(`${area.folder}/`));
  return matching.sort((one, other) => other.folder.length - one.folder.length)[0];
}

function isTest(file: string): boolean {
  return testFile.test(file);
}

function matches(specifier: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('/*') ? specifier.startsWith(pattern.slice(0, -1)) : specifier === pattern,
  );
}
