import { mkdirSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// Compiling what is loaded takes longer than most verbs. Kept in the user's own folder: a shared one could be prepared by
// somebody else. Where there is none to write to, everything works, only later.
function keepCompiled(): void {
  if (process.env['NODE_COMPILE_CACHE'] !== undefined) return;
  try {
    const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'pratique', 'compiled');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    enableCompileCache(folder);
  } catch {
    return;
  }
}

keepCompiled();
const { runCommand } = await import('./run.ts');
await runCommand(process.argv);
