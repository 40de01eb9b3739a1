import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { describe, it } from 'vitest';
import { testbedFault } from './errors.ts';

/** A program that tests use when the machine has it, such as `helm` or `cosign`. */
export interface OutsideProgram {
  readonly name: string;
  /** Where to look, first match wins: absolute paths, or bare names to look up on the PATH. */
  readonly paths: readonly string[];
}

/** `describe` and `it` for tests that need the program, and where it is. */
export interface ProgramTests {
  /** Absolute path, undefined where the machine does not have it. */
  readonly path: string | undefined;
  readonly describe: typeof describe | typeof describe.skip;
  readonly it: typeof it | typeof it.skip;
}

/**
 * Tests that need an outside program: they run where it is, are skipped with a printed reason where
 * it is not, and FAIL there when PRATIQUE_FORBID_SKIP=1, so that a build machine cannot pass by
 * lacking what it should check with.
 *
 * @param environment where PATH and PRATIQUE_FORBID_SKIP are read
 * @param print receives the reason; standard error by default
 * @example
 * const helm = needsProgram({ name: 'helm', paths: ['helm'] });
 * helm.it('renders', () => { execFileSync(helm.path!, ['version']); });
 */
export function needsProgram(
  program: OutsideProgram,
  environment: NodeJS.ProcessEnv = process.env,
  print: (line: string) => void = (line) => void process.stderr.write(`${line}\n`),
): ProgramTests {
  const path = findProgram(program.paths, environment['PATH'] ?? '');
  if (path !== undefined) {
    return { path, describe, it };
  }
  const looked = program.paths.join(', ');
  if (environment['PRATIQUE_FORBID_SKIP'] === '1') {
    throw testbedFault({
      code: 'outside-program-missing',
      message: `Tests need ${program.name}, which this machine does not have (looked for ${looked}), and skipping is forbidden.`,
      hint: `Install ${program.name}, or run without PRATIQUE_FORBID_SKIP=1.`,
      values: { name: program.name, paths: program.paths },
    });
  }
  print(`skipped: tests that need ${program.name} (looked for ${looked})`);
  return { path: undefined, describe: describe.skip, it: it.skip };
}

/** The first of `candidates` that can be executed, as an absolute path; bare names are looked up in `searchPath`. */
export function findProgram(candidates: readonly string[], searchPath: string): string | undefined {
  const folders = searchPath.split(delimiter).filter((folder) => isAbsolute(folder));
  return candidates
    .flatMap((candidate) => (isAbsolute(candidate) ? [candidate] : folders.map((folder) => join(folder, candidate))))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
