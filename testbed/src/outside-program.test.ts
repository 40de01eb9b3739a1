import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isFault } from '@pratique/runtime/fault';
import { findBrowser } from './browser.ts';
import { findProgram, needsProgram } from './outside-program.ts';

const folder = await mkdtemp(join(tmpdir(), 'pratique-program-'));
await writeFile(join(folder, 'tool'), '#!/bin/sh\n', { mode: 0o755 });
await writeFile(join(folder, 'notes'), 'not a program');
await chmod(join(folder, 'notes'), 0o644);
afterAll(() => rm(folder, { recursive: true, force: true }));

const absent = { name: 'frobnicate', paths: ['/nowhere/frobnicate', 'frobnicate'] };

describe('tests that need an outside program', () => {
  it('find it by name on the PATH or by absolute path, first match first', () => {
    expect(findProgram(['/nowhere/tool', 'tool'], `/nowhere:${folder}`)).toBe(join(folder, 'tool'));
    expect(findProgram([join(folder, 'tool')], '')).toBe(join(folder, 'tool'));
    expect(findProgram(['tool'], 'relative:.')).toBeUndefined();
  });

  it('run where it is there', () => {
    const tests = needsProgram({ name: 'tool', paths: ['tool'] }, { PATH: folder });
    expect(tests.path).toBe(join(folder, 'tool'));
    expect(tests.it).toBe(it);
  });

  it('are skipped with the reason printed where it is not', () => {
    const printed: string[] = [];
    const tests = needsProgram(absent, { PATH: folder }, (line) => printed.push(line));
    expect(tests.path).toBeUndefined();
    expect(tests.it).not.toBe(it);
    expect(tests.describe).not.toBe(describe);
    expect(printed).toEqual(['skipped: tests that need frobnicate (looked for /nowhere/frobnicate, frobnicate)']);
  });

  it('fail where it is not and skipping is forbidden', () => {
    expect(() => needsProgram(absent, { PATH: folder, PRATIQUE_FORBID_SKIP: '1' })).toThrow(/frobnicate/);
    try {
      needsProgram(absent, { PRATIQUE_FORBID_SKIP: '1' });
    } catch (error) {
      expect(isFault(error, 'outside-program-missing')).toBe(true);
    }
  });
});

describe('finding a browser', () => {
  it('believes CHROME_PATH alone when it is set, so that a wrong one is noticed', () => {
    expect(findBrowser({ CHROME_PATH: join(folder, 'tool') })).toBe(join(folder, 'tool'));
    expect(findBrowser({ CHROME_PATH: '/nowhere/chrome', PATH: process.env['PATH'] })).toBeUndefined();
  });
});
