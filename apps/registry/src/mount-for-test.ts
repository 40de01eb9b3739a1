/** Tests that need to mount a file system: as root, where the machine lets root do it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needsProgram } from '@pratique/testbed/outside-program';
import type { ProgramTests } from '@pratique/testbed/outside-program';

/** Skipped with the reason where mounting is not possible, as tests for missing programs are. */
export const mounting: ProgramTests = canMount()
  ? needsProgram({ name: 'mount', paths: ['mount'] })
  : needsProgram({ name: 'the right to mount a tmpfs (root, outside most containers)', paths: [] });

function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), 'pratique-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}
