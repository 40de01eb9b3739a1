import { describe, expect, it } from 'vitest';
import { Fault } from './fault.ts';
import { createLog, parseLogLevel } from './log.ts';

function recorded(level = 'info', format: 'json' | 'pretty' = 'json') {
  const lines: string[] = [];
  const log = createLog({ level, format, name: 'hub', destination: { write: (line) => lines.push(line) } });
  return { log, lines, first: () => JSON.parse(lines[0] ?? 'null') as Record<string, unknown> };
}

describe('a log', () => {
  it('writes one line of JSON with program, level name, time and message', () => {
    const { log, lines, first } = recorded();
    log.info({ port: 8000 }, 'listening');
    expect(lines).toHaveLength(1);
    expect(first()).toMatchObject({
      name: 'hub',
      level: 'info',
      port: 8000,
      msg: 'listening',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it.each([
    ['INFO', 'info'],
    ['Warning', 'warn'],
    ['CRITICAL', 'fatal'],
    ['silent', 'silent'],
  ])('knows the level %s', (name, level) => {
    expect(parseLogLevel(name)).toBe(level);
  });

  it('refuses a level that does not exist', () => {
    expect(() => recorded('loud')).toThrow(expect.objectContaining({ code: 'log-level-unknown' }));
  });

  it('leaves out what is below its level', () => {
    const { log, lines } = recorded('WARN');
    log.info('quiet');
    log.warn('loud');
    expect(lines).toHaveLength(1);
  });

  it('hides secrets wherever a request or a setting carries them', () => {
    const { log, lines } = recorded();
    const headers = {
      authorization: 'Bearer hunter2',
      'x-api-key': 'hunter2',
      cookie: 'a=hunter2',
      'set-cookie': ['hunter2'],
      accept: '*/*',
    };
    log.info(
      { password: 'hunter2', token: 'hunter2', headers, req: { headers }, smtp: { password: 'hunter2' } },
      'request',
    );
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines.join('')).toContain('"accept":"*/*"');
  });

  it('hides them in any spelling, in lists, and in the fields of a child', () => {
    const { log, lines } = recorded();
    const child = log.child({ Token: 'hunter2' });
    child.info({ a: [{ Authorization: 'hunter2' }], b: { c: { d: { CLIENT_SECRET: 'hunter2' } } } }, 'deep');
    child.info({ err: new Fault({ code: 'a', message: 'A.', hint: 'B.', values: { password: 'hunter2' } }) }, 'fault');
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines.join('')).toContain('"Token":"***"');
  });

  it('never changes the object it is given, however deep or circular it is', () => {
    const { log, lines } = recorded();
    const fields: Record<string, unknown> = { password: 'hunter2', inner: { token: 'hunter2' } };
    fields['self'] = fields;
    log.info(fields, 'circular');
    expect(fields).toMatchObject({ password: 'hunter2', inner: { token: 'hunter2' } });
    expect(lines).toHaveLength(1);
  });

  it('shows an error under any name', () => {
    const { log, first } = recorded();
    log.warn({ reason: new TypeError('wrong') }, 'odd');
    expect(first()['reason']).toMatchObject({ type: 'TypeError', message: 'wrong' });
  });

  it('writes a fault with code, values, hint and causes but without a stack', () => {
    const { log, first } = recorded();
    const cause = new Error('refused by postgres://app:hunter2@db/hub');
    log.error(
      { err: new Fault({ code: 'away', message: 'Away.', hint: 'Wait.', values: { host: 'db' }, cause }) },
      'failed',
    );
    expect(first()['err']).toMatchObject({
      type: 'Fault',
      code: 'away',
      message: 'Away.',
      hint: 'Wait.',
      values: { host: 'db' },
    });
    expect(first()['err']).not.toHaveProperty('stack');
    expect(JSON.stringify(first())).toContain('refused by postgres://app:***@db/hub');
    expect(JSON.stringify(first())).not.toContain('hunter2');
  });

  it('writes a bug with its stack, and several failures each', () => {
    const { log, first } = recorded();
    log.error({ error: new AggregateError([new TypeError('one'), 'two'], 'both') }, 'bug');
    expect(first()['error']).toMatchObject({
      type: 'AggregateError',
      stack: expect.stringContaining(' at '),
      errors: [{ message: 'one' }, 'two'],
    });
  });

  it('ends with causes that cause each other', () => {
    const { log, lines } = recorded();
    const error: Error & { cause?: unknown } = new Error('circle');
    error.cause = error;
    log.error({ err: error }, 'bug');
    expect(lines).toHaveLength(1);
  });

  it('writes lines for people, without losing the last one', () => {
    const { log, lines } = recorded('info', 'pretty');
    log.info({ password: 'hunter2' }, 'listening');
    expect(lines.join('')).toMatch(/INFO.*listening/);
    expect(lines.join('')).not.toContain('hunter2');
  });
});
