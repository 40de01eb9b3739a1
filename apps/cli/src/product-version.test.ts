import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { productVersion } from './product-version.ts';

it('says the version that package.json says', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  expect(productVersion).toBe(manifest.version);
});
