import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConfigOf, Mistake } from './config.ts';
import {
  boolean,
  declare,
  describeConfig,
  duration,
  integer,
  list,
  number,
  oneOf,
  optional,
  port,
  readConfig,
  redacted,
  secret,
  text,
  url,
} from './config.ts';
import { Fault } from './fault.ts';

const table = declare({
  port: { variable: 'PORT', type: port(), default: 8000, doc: 'Port of the API.' },
  key: { variable: 'SECRET_KEY', type: secret({ minLength: 8 }), default: '', doc: 'Key of signed links.' },
  database: { variable: 'APP_DB_URL', type: text(), default: '', doc: 'The database.' },
  password: { variable: 'APP_DB_PASSWORD', type: secret({ acceptsEmpty: true }), default: '', doc: 'Its password.' },
  dev: { variable: 'DEV_MODE', type: boolean(), default: false, doc: 'Development.' },
  mode: { variable: 'SNAPSHOT_MODE', type: oneOf(['on', 'off']), default: 'on', doc: 'Snapshot.' },
  origins: { variable: 'CORS_ORIGINS', type: list(url()), default: [], doc: 'Origins.' },
  keys: { variable: 'SPOKE_API_KEYS', type: list(secret()), default: [], doc: 'Keys of spokes.' },
  poll: { variable: 'SNAPSHOT_POLL', type: duration({ min: 10_000 }), default: 60_000, doc: 'Poll interval.' },
  share: { variable: 'SHARE', type: number({ min: 0, max: 1 }), default: 0.5, doc: 'Share.' },
  metrics: { variable: 'METRICS_PORT', type: optional(port()), doc: 'Port of the metrics.' },
});

function faultOf(read: () => unknown): Fault {
  try {
    read();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

function mistakesOf(env: Record<string, string>, options: Parameters<typeof readConfig>[2] = {}): readonly Mistake[] {
  return faultOf(() => readConfig(table, env, options as never)).values['mistakes'] as readonly Mistake[];
}

function file(content: string | Uint8Array): string {
  const path = join(mkdtempSync(join(tmpdir(), 'pratique-config-')), 'value');
  writeFileSync(path, content);
  return path;
}

describe('a configuration that is right', () => {
  it('is the defaults when nothing is set, typed by the table', () => {
    const config: ConfigOf<typeof table> = readConfig(table, {});
    const typed: { port: number; mode: 'on' | 'off'; metrics: number | undefined } = config;
    expect(typed).toMatchObject({ port: 8000, mode: 'on', metrics: undefined, poll: 60_000, origins: [] });
  });

  it('knows variables in any case', () => {
    expect(readConfig(table, { Port: '81', dev_mode: 'YES', snapshot_mode: 'OFF' })).toMatchObject({
      port: 81,
      dev: true,
      mode: 'off',
    });
  });

  it.each([
    ['true', true],
    ['1', true],
    ['Yes', true],
    ['on', true],
    ['false', false],
    ['0', false],
    ['no', false],
    ['OFF', false],
  ])('reads the boolean %s', (word, value) => {
    expect(readConfig(table, { DEV_MODE: word }).dev).toBe(value);
  });

  it.each([['["https://a","https://b"]'], ['https://a, https://b,'], [' https://a/,https://b ']])(
    'reads the list %s',
    (value) => {
      expect(readConfig(table, { CORS_ORIGINS: value }).origins).toEqual(['https://a', 'https://b']);
    },
  );

  it.each([
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['1.5m', 90_000],
    ['10000ms', 10_000],
  ])('reads the duration %s', (value, ms) => {
    expect(readConfig(table, { SNAPSHOT_POLL: value }).poll).toBe(ms);
  });

  it('takes an empty variable as not set', () => {
    expect(readConfig(table, { PORT: '', CORS_ORIGINS: ' ' })).toMatchObject({ port: 8000, origins: [] });
  });

  it('reads a value from the file that NAME_FILE names, without its trailing newline', () => {
    expect(readConfig(table, { SECRET_KEY_FILE: file('long enough\n') }).key).toBe('long enough');
  });

  it('takes a value that happens to be an inner word of the reader', () => {
    expect(readConfig(table, { APP_DB_URL: 'mistaken' }).database).toBe('mistaken');
  });

  it('reads a .env file and lets the real environment win', () => {
    const envFile = file('# ours\nexport PORT=81\nSECRET_KEY="with # and \\"quotes\\""\nDEV_MODE=on # yes\n');
    expect(readConfig(table, { PORT: '82' }, { envFile })).toMatchObject({
      port: 82,
      key: 'with # and "quotes"',
      dev: true,
    });
  });

  it('does without a .env file that is not there', () => {
    expect(readConfig(table, {}, { envFile: '/nonexistent/.env' }).port).toBe(8000);
  });

  it('cannot be changed afterwards', () => {
    expect(Object.isFrozen(readConfig(table, {}))).toBe(true);
  });
});

describe('a configuration that is wrong', () => {
  it('names every mistake at once, with the value, the reason and what is allowed', () => {
    const fault = faultOf(() => readConfig(table, { PORT: 'abc', DEV_MODE: 'maybe', SHARE: '2', SNAPSHOT_POLL: '1s' }));
    expect(fault.code).toBe('config-invalid');
    expect(fault.message).toContain('4 settings are wrong');
    expect(fault.message).toContain('PORT ("abc"): not a whole number; allowed: a whole number from 0 to 65535');
    expect(fault.message).toContain('DEV_MODE ("maybe")');
    expect(fault.message).toContain('SHARE ("2"): more than 1');
    expect(fault.message).toContain('SNAPSHOT_POLL ("1s"): less than 10s');
  });

  it('never shows a secret, alone, in a list or in a URL', () => {
    const strict = declare({
      key: { variable: 'KEY', type: secret({ minLength: 20 }), doc: 'k' },
      keys: { variable: 'KEYS', type: list(secret({ minLength: 20 })), doc: 'k' },
      site: { variable: 'SITE', type: url(), doc: 's' },
      marked: { variable: 'MARKED', type: integer(), secret: true, doc: 's' },
    });
    const env = { KEY: 'hunter2', KEYS: 'hunter2,hunter2', SITE: 'ftp://me:hunter2@x@host/', MARKED: 'hunter2' };
    const fault = faultOf(() => readConfig(strict, env));
    expect(fault.message).toContain('4 settings are wrong');
    expect(JSON.stringify([fault.message, fault.values])).not.toContain('hunter2');
  });

  it('refuses an unknown variable under our prefixes and says which was meant', () => {
    expect(mistakesOf({ APP_DB_PASWORD: 'x', OTHER: 'y' }, { prefixes: ['APP_DB_'] })).toEqual([
      { variable: 'APP_DB_PASWORD', why: 'no such setting; did you mean APP_DB_PASSWORD?' },
    ]);
  });

  it('accepts variables known elsewhere and those Kubernetes adds for a Service', () => {
    const env = {
      APP_DB_POOL_MAX: '3',
      APP_DB_SERVICE_HOST: '10.0.0.1',
      APP_DB_PORT: 'tcp://10.0.0.1:5432',
      APP_DB_PORT_5432_TCP_ADDR: '10.0.0.1',
    };
    expect(readConfig(table, env, { prefixes: ['APP_DB_'], knownElsewhere: ['APP_DB_POOL_MAX'] }).port).toBe(8000);
  });

  it('explains a port that Kubernetes replaced', () => {
    expect(mistakesOf({ PORT: 'tcp://10.0.0.1:80' })[0]?.why).toContain('enableServiceLinks');
  });

  it('refuses a value and its file together, an unreadable, an empty, a too large and a binary file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pratique-config-'));
    const why = (path: string, more = {}) => mistakesOf({ SECRET_KEY_FILE: path, ...more })[0]?.why;
    expect(why(file('long enough'), { SECRET_KEY: 'long enough' })).toContain('set together with SECRET_KEY');
    expect(why('/nonexistent')).toBe('the file does not exist');
    expect(why(folder)).toContain('folder');
    expect(why(file('\n'))).toBe('the file is empty');
    expect(why('/dev/zero')).toContain('larger than the 1 MiB');
    expect(why(file(Buffer.from([0xff, 0xfe, 0x41])))).toContain('not UTF-8');
  });

  it('refuses one variable in two spellings that disagree', () => {
    expect(mistakesOf({ PORT: '1', port: '2' })[0]?.why).toContain('set twice');
  });

  it('reports the lines of a .env file that say nothing', () => {
    const envFile = file('PORT=81\nthis is not one\nSECRET_KEY="open\n');
    expect(mistakesOf({}, { envFile }).map((mistake) => mistake.why)).toEqual([
      'line 2 is not NAME=value',
      'line 3 is not NAME=value',
    ]);
  });

  it('demands what has no default', () => {
    const strict = declare({ issuer: { variable: 'ISSUER', type: url(), doc: 'i' } });
    expect(faultOf(() => readConfig(strict, {})).message).toContain(
      'ISSUER: must be set; allowed: a URL beginning with http://',
    );
  });

  it('adds what the rules between settings say, but not about a variable that is already wrong', () => {
    const check = () => [
      { variable: 'SECRET_KEY', why: 'a placeholder' },
      { variable: 'PORT', why: 'twice' },
    ];
    expect(mistakesOf({ PORT: 'x' }, { check }).map((mistake) => mistake.variable)).toEqual(['PORT', 'SECRET_KEY']);
  });

  it('cuts a long value and shows control characters', () => {
    const shown = mistakesOf({ PORT: `\u001b[31m${'9'.repeat(500)}` })[0]?.shown ?? '';
    expect(shown.length).toBeLessThan(100);
    expect(shown).toContain('\\u001b');
  });

  it('is a bug of the program when two settings share a variable', () => {
    const row = { variable: 'A', type: text(), default: '', doc: 'a' };
    expect(() => declare({ one: row, two: row })).toThrow('declared twice');
  });
});

describe('any configuration', () => {
  it('is either read or refused with a fault, whatever the values are', () => {
    const variables = Object.values(table).map((row) => row.variable);
    const env = fc.dictionary(fc.constantFrom(...variables), fc.string({ unit: 'binary', maxLength: 60 }));
    fc.assert(
      fc.property(env, (values) => {
        try {
          const config = readConfig(table, values);
          expect(config.port).toBeGreaterThanOrEqual(0);
          expect(config.share).toBeLessThanOrEqual(1);
        } catch (error) {
          expect(error).toMatchObject({ code: 'config-invalid' });
        }
      }),
    );
  });

  it('gives back every list it is given, as JSON or separated by commas', () => {
    const words = declare({ words: { variable: 'WORDS', type: list(text()), doc: 'w', default: [] } });
    const word = fc.stringMatching(/^[a-z0-9:._/-]{1,12}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (given) => {
        expect(readConfig(words, { WORDS: JSON.stringify(given) }).words).toEqual(given);
        expect(readConfig(words, { WORDS: given.join(' , ') }).words).toEqual(given);
      }),
    );
  });

  it('survives any .env file', () => {
    const path = file('');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (content) => {
        writeFileSync(path, content);
        try {
          readConfig(table, {}, { envFile: path });
        } catch (error) {
          expect(error).toMatchObject({ code: 'config-invalid' });
        }
      }),
    );
  });
});

describe('a configuration shown to people', () => {
  it('hides secrets and the credentials in URLs', () => {
    const env = {
      SECRET_KEY: 'hunter2hunter2',
      APP_DB_URL: 'postgresql+asyncpg://app:p/w@x@db:5432/hub?sslpassword=abc',
      SPOKE_API_KEYS: 'a,b',
    };
    const shown = redacted(table, readConfig(table, env));
    expect(shown).toMatchObject({ key: '***', keys: '***', password: '', port: 8000 });
    expect(shown['database']).toBe('postgresql+asyncpg://app:***@db:5432/hub?sslpassword=***');
  });

  it('is described in the order of the table, defaults as a person would write them', () => {
    const rows = describeConfig(table);
    expect(rows[0]).toEqual({
      key: 'port',
      variable: 'PORT',
      allowed: 'a whole number from 0 to 65535',
      default: '8000',
      doc: 'Port of the API.',
      secret: false,
    });
    expect(rows.find((row) => row.key === 'poll')?.default).toBe('1m');
    expect(rows.find((row) => row.key === 'metrics')?.default).toBe('not set');
    expect(rows.map((row) => row.key)).toEqual(Object.keys(table));
  });
});
