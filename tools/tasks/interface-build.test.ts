import { mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newestIn } from './interface-build.ts';

describe('the newest source of the interface', () => {
  it('is looked for at any depth, without tests, results and installed packages', async () => {
    const root = mkdtempSync(join(tmpdir(), 'pratique-newest-'));
    const files = {
      'src/deep/page.tsx': 100,
      'index.html': 50,
      'src/page.test.tsx': 900,
      'dist/index.html': 900,
      'node_modules/a/index.js': 900,
    };
    for (const [path, seconds] of Object.entries(files)) {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), '');
      utimesSync(join(root, path), seconds, seconds);
    }
    expect(await newestIn(root)).toBe(100_000);
    expect(await newestIn(join(root, 'nowhere'))).toBe(0);
  });
});
