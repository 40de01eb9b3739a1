import { describe, expect, it } from 'vitest';
import { pratique } from '../run-for-test.ts';
import { verbs } from '../verbs.ts';

async function outcome(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const started = pratique(words, env);
  return { code: await started.ended, out: started.out(), err: started.err() };
}

const signing = verbs.filter(({ takesRootFlags }) => takesRootFlags);

describe('verbs of signing', () => {
  it('explain themselves with an example, and every flag with a sentence', async () => {
    for (const { name, load } of signing) {
      const command = await load();
      const all = command.commands.length === 0 ? [command] : command.commands;
      for (const one of all) {
        const help = one.createHelp();
        for (const option of help.visibleOptions(one))
          expect(option.description, `${name} ${option.long}`).not.toBe('');
        expect(help.commandDescription(one), name).not.toBe('');
      }
    }
  });

  it('leave with 1 on an unknown flag, as cosign does, and name the closest', async () => {
    const { code, out, err } = await outcome(['verify', '--kye', 'x', 'image']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('Did you mean --key?');
  });

  it('take root flags before and after the verb', async () => {
    for (const words of [
      ['--timeout', '5x', 'env'],
      ['env', '--timeout', '5x'],
      ['env', '-t', '5x'],
    ]) {
      const { code, err } = await outcome(words);
      expect([code, err]).toEqual([1, expect.stringContaining('--timeout is "5x"')]);
    }
  });

  it('mask what is secret among the variables', async () => {
    const { out } = await outcome(['env'], { COSIGN_PASSWORD: 'hunter2', HTTPS_PROXY: 'http://me:hunter2@proxy:8080' });
    expect(out).toContain('COSIGN_PASSWORD="******"');
    expect(out).not.toContain('hunter2');
  });

  it.each(['bash', 'zsh', 'fish'])('are completed in %s', async (shell) => {
    const { code, out } = await outcome(['completion', shell]);
    expect(code).toBe(0);
    for (const { name } of signing) expect(out).toContain(name);
    expect(out).toMatch(/certificate-identity/);
  });
});
