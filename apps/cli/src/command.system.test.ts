import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { productVersion } from './product-version.ts';
import { pratique, root } from './run-for-test.ts';

/** A file of variables without any, so that a .env of the checkout changes nothing. */
const noSettings = '/dev/null';

async function outcome(words: readonly string[], changes: Readonly<Record<string, string>> = {}) {
  const started = pratique(words, changes);
  return { code: await started.ended, out: started.out(), err: started.err() };
}

describe('pratique', () => {
  it('is linked by npm, so that npx finds it in a checkout', () => {
    const listed = JSON.parse(
      execFileSync('npm', ['ls', '--json', '--depth=0', '@pratique/cli'], { cwd: root, encoding: 'utf8' }),
    ) as {
      dependencies: Record<string, { resolved: string }>;
    };
    expect(listed.dependencies['@pratique/cli']?.resolved).toContain('apps/cli');
    const bin = execFileSync(process.execPath, ['apps/cli/bin/pratique.mjs', 'version'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(bin.trim()).toBe(productVersion);
  });

  it('says its version in words and as JSON', async () => {
    expect(await outcome(['version'])).toEqual({ code: 0, out: `${productVersion}\n`, err: '' });
    expect(JSON.parse((await outcome(['version', '--output', 'json'])).out)).toEqual({ version: productVersion });
    expect((await outcome(['--version'])).out).toBe(`${productVersion}\n`);
  });

  it('explains every verb with examples and exit codes', async () => {
    const { code, out } = await outcome(['--help']);
    expect(code).toBe(0);
    for (const verb of ['demo', 'hub', 'version']) {
      expect(out).toContain(verb);
      const help = await outcome([verb, '--help']);
      expect([help.code, help.err], verb).toEqual([0, '']);
      expect(help.out).toContain('Example');
    }
    for (const verb of ['demo', 'hub']) expect((await outcome([verb, '--help'])).out).toContain('Exit codes');
  });

  it.each([
    [['demo', '--jsn'], '--json'],
    [['hbu'], 'hub'],
    [['version', '--ouput', 'json'], '--output'],
  ])('leaves with 2 on %j and suggests %s', async (words, suggestion) => {
    const { code, out, err } = await outcome(words);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`Did you mean ${suggestion}?`);
  });

  it('leaves with 2 where PORT is no port, and says what is', async () => {
    const { code, out, err } = await outcome(['demo'], { PORT: 'abc' });
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/PORT is "abc"/);
    expect(err).toContain('0 to 65535');
    expect(err).not.toMatch(/\n\s+at /);
  });
});

describe('pratique hub', () => {
  it('lists every mistake of its environment at once and leaves with 1', async () => {
    const { code, out, err } = await outcome(['hub', '--settings', noSettings], {
      PORT: '99999',
      LOG_LEVEL: 'loud',
      STACKROX_DB_URL: 'mysql://somewhere/central',
      SPOKE_API_KEY_S: 'x',
      SNAPSHOT_INTERVAL_SECONDS: '1',
    });
    expect([code, out]).toEqual([1, '']);
    for (const name of [
      'PORT',
      'LOG_LEVEL',
      'STACKROX_DB_URL',
      'SPOKE_API_KEY_S',
      'SNAPSHOT_INTERVAL_SECONDS',
      'SECRET_KEY',
    ])
      expect(err).toContain(name);
    expect(err).not.toMatch(/\n\s+at /);
  });

  it('refuses a file of settings that is not there instead of starting without', async () => {
    const { code, err } = await outcome(['hub', '--settings', '/nowhere/hub.env']);
    expect(code).toBe(2);
    expect(err).toContain('/nowhere/hub.env');
  });

  it('says which database is away and leaves with 1, without the password', async () => {
    const { code, err } = await outcome(['hub', '--settings', noSettings], {
      PORT: '0',
      SECRET_KEY: 'only-for-tests-0123456789-0123456789',
      SPOKE_API_KEYS: 'a-key-of-the-test',
      APP_DB_URL: 'postgres://hub:hunter2@127.0.0.1:1/app',
      STACKROX_DB_URL: 'postgres://reader:hunter2@127.0.0.1:1/central',
    });
    expect(code).toBe(1);
    expect(err).toContain('APP_DB_URL');
    expect(err).not.toContain('hunter2');
  });
});
