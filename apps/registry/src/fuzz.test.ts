import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDigest, readTag, repositoryName } from './names.ts';
import { ask, makeFolder, pushImage } from './registry-for-test.ts';
import { startRegistry } from './start.ts';
import type { RunningRegistry } from './start.ts';
import { Layout } from './store/folder.ts';

let registry: RunningRegistry;
let folder = '';
let image = { digest: '', layer: '' };

beforeAll(async () => {
  folder = join(await makeFolder(), 'inside');
  registry = await startRegistry({ folder, durable: false });
  image = await pushImage(registry.url, 'fuzz/app', 'known');
});
afterAll(async () => {
  await registry.close();
  await rm(dirname(folder), { recursive: true });
});

const methods = fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND');
/** Pieces that mean something to somebody: to a path, a shell, a decoder, JavaScript, this registry. */
const pieces = fc.constantFrom(
  ...['v2', '_catalog', 'tags', 'list', 'manifests', 'blobs', 'uploads', 'referrers', 'fuzz', 'app', 'known', 'A'],
  ...['..', '.', '%2e%2e', '%2f', '%5c', '..%2f..', '%00', '%', '%zz', '%c0%ae', '//', '\\', '_blobs', '_tags'],
  ...['__proto__', 'constructor', 'sha256:', `sha256:${'0'.repeat(64)}`, `sha256%3A${'a'.repeat(64)}`, 'sha512:x'],
);
const paths = fc.array(pieces, { maxLength: 8 }).map((parts) => `/${parts.join('/')}`);
const known = fc
  .tuple(fc.constantFrom('manifests', 'blobs', 'blobs/uploads', 'referrers', 'tags'), pieces)
  .map(([kind, last]) => `/v2/fuzz/app/${kind}/${last}`);
const queries = fc.constantFrom(
  ...['', '?', '?n=-1', '?n=99999999999', '?n=1&last=%00', '?digest=', '?digest=sha256:..', '?mount=x&from=../..'],
  ...[`?mount=sha256:${'0'.repeat(64)}&from=fuzz/app`, '?artifactType=%ff', '?n=0', `?digest=sha256:${'0'.repeat(64)}`],
);
const headers = fc.record(
  {
    range: fc.constantFrom(
      'bytes=',
      'bytes=-',
      'bytes=5-1',
      'bytes=0-,5-',
      'bytes=99999999999999999-',
      'x',
      'bytes=-0',
    ),
    'content-range': fc.constantFrom('0-0', '5-1', 'x', '99999999999999999999-1', 'bytes 0-3/*', '-1'),
    'content-type': fc.constantFrom(
      ...['application/vnd.oci.image.manifest.v1+json', 'application/vnd.oci.image.index.v1+json', '', '__proto__'],
    ),
    'if-match': fc.constantFrom('*', '"x"', ',', '""'),
    'if-none-match': fc.constantFrom('*', 'W/"x"', `sha256:${'0'.repeat(64)}`),
    authorization: fc.constantFrom('Basic', 'Basic Og==', 'Bearer x'),
  },
  { requiredKeys: [] },
);
const bodies = fc.oneof(
  fc.constant(''),
  fc.json(),
  fc.string(),
  fc.constantFrom(
    '{"schemaVersion":2,"config":null,"layers":[]}',
    '{"schemaVersion":2,"manifests":[{}]}',
    '{"schemaVersion":2,"manifests":[],"annotations":{"__proto__":"x"}}',
    `{"schemaVersion":2,"manifests":[],"subject":{"mediaType":"a","size":1,"digest":"sha256:../../../x"}}`,
    '['.repeat(5_000),
  ),
);

describe('whatever is asked', () => {
  it('is never answered by a defect, and nothing leaves the folder', { timeout: 60_000 }, async () => {
    const outside = await readdir(dirname(folder));
    const requests = fc.tuple(methods, fc.oneof(paths, known), queries, headers, bodies);
    await fc.assert(
      fc.asyncProperty(requests, async ([method, path, query, asked, body]) => {
        const answer = await ask(registry.url, method, `${path}${query}`, { headers: asked, body });
        expect(answer.status).toBeLessThan(500);
        if (answer.status >= 400 && method !== 'HEAD') {
          const { errors } = JSON.parse(answer.body.toString()) as { errors: { code: string }[] };
          expect(errors[0]?.code).toMatch(/^[A-Z_]+$/);
        }
        // Deleting may have taken it; nothing else may.
        if (method !== 'DELETE') expect(answer.status === 200 && answer.body.includes('root:')).toBe(false);
      }),
      { numRuns: 600 },
    );
    expect(await readdir(dirname(folder))).toEqual(outside);
    const inside = await readdir(folder);
    expect(inside.sort()).toEqual(['blobs', 'format', 'lock', 'repositories', 'temporary', 'uploads']);
    expect(await readdir(`${folder}/temporary`)).toEqual([]);
  });

  it('finds what was pushed still there', async () => {
    const again = await pushImage(registry.url, 'fuzz/app', 'known');
    expect((await ask(registry.url, 'GET', `/v2/fuzz/app/manifests/${again.digest}`)).status).toBe(200);
    expect(image.layer).toMatch(/^sha256:/);
  });
});

describe('names', () => {
  const strange = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), paths);

  it('that pass the grammar stay inside the folder', () => {
    const layout = new Layout('/root/of/registry', false);
    fc.assert(
      fc.property(fc.oneof(strange, fc.stringMatching(/^[a-z0-9._/-]{1,40}$/)), (text) => {
        let name;
        try {
          name = repositoryName(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'repository-name-invalid' });
          return;
        }
        expect(layout.repository(name)).toBe(`/root/of/registry/repositories/${text}`);
        expect(text).not.toMatch(/^\/|\/$|\/\/|(?:^|\/)[._]|[A-Z]/);
      }),
      { numRuns: 2_000 },
    );
  });

  it('tags and digests are single plain file names', () => {
    const isPlain = (text: string) => {
      const [tag, digest] = [readTag(text), readDigest(text)];
      const isPlainTag = tag === undefined || /^\w[\w.-]{0,127}$/.test(tag);
      return isPlainTag && (digest === undefined || /^sha(?:256|512):[0-9a-f]+$/.test(digest));
    };
    const texts = fc.oneof(strange, fc.stringMatching(/^[A-Za-z0-9._:-]{1,140}$/));
    expect(() => fc.assert(fc.property(texts, isPlain), { numRuns: 2_000 })).not.toThrow();
  });

  it.each(['a', 'a/b', 'a.b_c__d-e---f/g0', 'a'.repeat(255)])('takes %s', (name) => {
    expect(repositoryName(name)).toBe(name);
  });

  it.each([
    '',
    '/',
    'a/',
    '/a',
    'a//b',
    'A',
    'a..b',
    'a/../b',
    '-a',
    'a-',
    '_a',
    'a___b',
    'a b',
    'a\n',
    'a'.repeat(256),
  ])('refuses %j', (name) => {
    expect(() => repositoryName(name)).toThrow(expect.objectContaining({ code: 'repository-name-invalid' }));
  });
});
