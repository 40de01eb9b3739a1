import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { pratique } from './run-for-test.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pratique-convert-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function convert(text: string) {
  const file = join(folder, 'values.yaml');
  await writeFile(file, text);
  const run = pratique(['gate', 'convert', file]);
  return { code: await run.ended, out: run.out(), err: run.err() };
}

it('prints the converted file, and on standard error what was lost', async () => {
  const { code, out, err } = await convert(
    'trustRoots: {default: "env://KEY"}\ndeployment: {helmHookImage: x}\ninsecureRegistries: [192.168.56.114:5000]\n',
  );
  expect(parse(out)).toMatchObject({
    application: {
      validators: [{ name: 'default', type: 'cosign', trustRoots: [{ name: 'default', key: 'env://KEY' }] }, {}],
    },
    registries: [{ host: '192.168.56.114:5000', plainHttp: true }],
  });
  expect(out).toContain('# Changed: ');
  expect(err).toContain('deployment.helmHookImage: nothing is installed by hooks any more.');
  expect(code).toBe(0);
});

it('says what would keep the gate from starting, with 1', async () => {
  const { code, out, err } = await convert('application:\n  policy: [{pattern: "*:*", validator: nobody}]\n');
  expect(out).toBe('application:\n  policy: [{pattern: "*:*", validator: nobody}]\n');
  expect(err).toMatch(/would not start[^]*application\.policy\[0\]\.validator: /);
  expect(code).toBe(1);
});

it('refuses what is of no Connaisseur, with the next step', async () => {
  const { code, out, err } = await convert('replicaCount: 3\n');
  expect(err).toContain('Code: values-layout-unknown');
  expect([code, out]).toEqual([1, '']);
});
