import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegistryClient, parseReference, type RegistryClient } from '@pratique/oci';
import { startRegistry, type RunningRegistry } from '@pratique/registry';
import { publicKeyPem, signerFor, signImage } from '@pratique/sigstore';
import { buildImage, pushImage } from '@pratique/testbed/images';
import { pratique } from '../run-for-test.ts';
import { asked, surroundingsForTest } from '../signing/surroundings-for-test.ts';
import { runReview } from './review.ts';
import type { ReviewFlags } from './review.ts';

let folder: string;
let registry: RunningRegistry;
let client: RegistryClient;
let policyFile: string;
let signed: string;
let anyRegistry: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-review-'));
  registry = await startRegistry({ folder: join(folder, 'registry'), durable: false });
  client = createRegistryClient({ userAgent: 'test', now: () => new Date(), random: Math.random });
  const signer = signerFor(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  signed = await push('signed');
  await push('unsigned');
  const reference = parseReference(`${registry.address}/shop/signed:1`);
  await signImage({
    ...{ store: client.repository(reference), target: '1', reference, material: { signer }, now: new Date() },
    ...{ random: Math.random, sleep: () => Promise.resolve() },
  });
  anyRegistry = configWith(publicKeyPem(signer.publicKey)).replace(registry.address, '127.0.0.1:*');
  policyFile = await file('config.yaml', configWith(publicKeyPem(signer.publicKey)));
  await file('values.yaml', valuesWith(publicKeyPem(signer.publicKey)));
  await mkdir(join(folder, 'deploy'));
  await file('deploy/good.yaml', deployment('signed'));
  await file('deploy/bad.yaml', deployment('unsigned'));
}, 60_000);
afterAll(async () => {
  await client.close();
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

async function push(name: string): Promise<string> {
  const reference = parseReference(`${registry.address}/shop/${name}:1`);
  return pushImage(client.repository(reference), await buildImage({ layers: [{ name }] }), '1');
}

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

function indented(text: string, by: string): string {
  return text
    .trim()
    .split('\n')
    .map((line) => `${by}${line}`)
    .join('\n');
}

function configWith(pem: string): string {
  return `validators:
  - name: deny
    type: static
    approve: false
  - name: default
    type: cosign
    trustRoots:
      - name: default
        key: |
${indented(pem, '          ')}
policy:
  - pattern: "*:*"
    validator: deny
  - pattern: "${registry.address}/shop/*"
    with:
      verifyInTransparencyLog: false
`;
}

function valuesWith(pem: string): string {
  return `kubernetes: {}\napplication:\n  logLevel: info\n${indented(configWith(pem), '  ')}\n`;
}

function deployment(name: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: shop
spec:
  template:
    spec:
      containers:
        - name: web
          image: ${registry.address}/shop/${name}:1
`;
}

async function review(flags: Partial<ReviewFlags>, piped = '') {
  const defaults = { filename: [], image: [], namespace: 'default', namespaceLabel: [], output: 'json' } as const;
  const run = surroundingsForTest({ env: { HOME: folder }, piped });
  const code = await runReview(asked<ReviewFlags>({ ...defaults, policy: policyFile, ...flags }), run.surroundings);
  return { code, out: run.out() };
}

describe('pratique review', () => {
  it('allows what is signed, and says what the gate would write into the workload', async () => {
    const { code, out } = await review({ filename: [join(folder, 'deploy/good.yaml')] });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      summary: { allowed: 1 },
      images: [
        {
          ...{ verdict: 'accepted', digest: signed, namespace: 'shop' },
          replacement: `${registry.address}/shop/signed:1@${signed}`,
          rule: { index: 1 },
          places: [{ line: 11, kind: 'Deployment', name: 'signed', container: 'web' }],
        },
      ],
    });
  });

  it('refuses with 1 what is not signed, by the values of the chart as by the configuration', async () => {
    for (const policy of [policyFile, join(folder, 'values.yaml')]) {
      const { code, out } = await review({ policy, filename: [join(folder, 'deploy')] });
      expect(code).toBe(1);
      expect(JSON.parse(out)).toMatchObject({ summary: { allowed: 1, refused: 1 } });
    }
    expect((await review({ filename: [join(folder, 'deploy')], detectionMode: true })).code).toBe(0);
  });

  it('leaves with 3 where a registry refuses to be asked, for nobody knows what it has', async () => {
    const closed = createServer((_request, response) => response.writeHead(403).end()).listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const host = `127.0.0.1:${(closed.address() as AddressInfo).port}`;
    const { code, out } = await review({ image: [`${host}/shop/web:1`], policy: await file('any.yaml', anyRegistry) });
    closed.close();
    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({ images: [{ standing: 'unknown', class: 'registry_auth' }] });
  });

  it('judges nothing where policy or manifest are wrong, or where there is nothing to judge', async () => {
    const wrong = await file('wrong.yaml', 'validators: []\npolicy: [{patern: "*"}]\n');
    const fails = (code: string) => expect.objectContaining({ code });
    await expect(review({ policy: wrong, image: ['web'] })).rejects.toThrow(fails('policy-invalid'));
    await expect(review({ policy: join(folder, 'nowhere.yaml'), image: ['web'] })).rejects.toThrow(
      fails('file-unreadable'),
    );
    const broken = review({ filename: ['-'] }, 'kind: Pod\napiVersion: v1\nspec: [');
    await expect(broken).rejects.toThrow(fails('manifest-unreadable'));
    const other = review({ filename: ['-'] }, 'kind: Service\napiVersion: v1\n');
    await expect(other).rejects.toThrow(fails('no-images-found'));
    await expect(review({})).rejects.toThrow(fails('usage'));
  });

  it('is a command of its own, with the exit codes of its help', async () => {
    const started = pratique(['review', '--policy', policyFile, '-f', join(folder, 'deploy')], { HOME: folder });
    expect(await started.ended).toBe(1);
    expect(started.out()).toContain(`REFUSED  ${registry.address}/shop/unsigned:1`);
    expect(started.out()).toContain('bad.yaml:11 Deployment shop/unsigned, container web');
    expect(started.out()).toContain('2 images: 1 allowed, 1 refused.');
    const wrong = pratique(['review', '--policy', join(folder, 'deploy/good.yaml'), '--image', 'web']);
    expect(await wrong.ended).toBe(2);
    expect(wrong.err()).toContain('validators needs at least one entry');
  });
});
