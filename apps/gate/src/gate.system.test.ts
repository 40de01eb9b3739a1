import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '@pratique/kube';
import { lookAtCluster } from './cluster-looks.ts';
import { readGateConfig } from './config.ts';
import { decisionIn, gateForTest, plainConfiguration, reviewOf } from './gate-for-test.ts';
import type { GateForTest } from './gate-for-test.ts';
import { startTroubledRegistry } from './troubled-registry-for-test.ts';
import type { Trouble, TroubledRegistry } from './troubled-registry-for-test.ts';

/** A registry of its own and a gate that believes its key. */
async function signedWorld() {
  const registry = await startTroubledRegistry();
  const own = await gateForTest(signedConfiguration(registry));
  return {
    registry,
    own,
    async [Symbol.asyncDispose]() {
      await own[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

function signedConfiguration(registry: TroubledRegistry): string {
  return `validators:
  - name: default
    type: cosign
    trustRoots:
      - name: default
        key: |
          ${registry.key.trim().replaceAll('\n', '\n          ')}
policy:
  - pattern: '*:*'
    with:
      verifyInTransparencyLog: false
`;
}

async function ask(own: GateForTest, image: string, query = '') {
  return decisionIn(await own.call(`/mutate${query}`, { body: reviewOf(image) }));
}

// Mostly waiting for second tries and for times to run out, so all at once.
describe.concurrent('a registry in trouble', () => {
  it.each<[Trouble, RegExp]>([
    ['too-many', /\[registry_unreachable\]/],
    ['failing', /\[registry_unreachable\]/],
    ['dying', /\[registry_unreachable\]/],
    ['garbled', /\[(?:registry_unreachable|internal)\]/],
  ])(
    'ADM-14 that is %s denies with a class that says so, and is not believed a moment longer',
    async (trouble, text) => {
      await using world = await signedWorld();
      const { own, registry } = world;
      registry.trouble = trouble;
      const denied = await ask(own, registry.image);
      registry.trouble = 'none';
      expect(denied.allowed).toBe(false);
      expect(denied.message).toMatch(text);
      expect(await ask(own, registry.image), 'once it is well again').toEqual({ allowed: true, message: '' });
    },
  );

  it('VAL-4 that lies about a digest denies, and about a tag gains nothing by it', async () => {
    await using world = await signedWorld();
    const { own, registry } = world;
    registry.trouble = 'lying';
    const pinned = await ask(own, `${registry.image}@${registry.digest}`);
    const tagged = await ask(own, registry.image);
    registry.trouble = 'none';
    expect([pinned.allowed, tagged.allowed]).toEqual([false, false]);
    expect(pinned.message).toContain(registry.digest);
  });

  it('ADM-15 that is silent costs no more than the deadline, and the repetition finds the work done', async () => {
    await using world = await signedWorld();
    const { own, registry } = world;
    registry.trouble = 'silent';
    const denied = await ask(own, registry.image, '?timeout=1s');
    expect(denied.message).toContain('validation of admission request u-1 timed out after validating 0/1 images');
    expect(denied.message).toContain('[timeout] run: doctor image');
    registry.trouble = 'none';
    expect((await ask(own, registry.image)).allowed).toBe(true);
  });

  it('that refuses connections denies, and says who does not answer', async () => {
    await using world = await signedWorld();
    const { own } = world;
    const denied = await ask(own, '127.0.0.1:1/team/app:1');
    expect(denied.allowed).toBe(false);
    expect(denied.message).toMatch(/\[registry_unreachable\] run: doctor image 127\.0\.0\.1:1\/team\/app:1$/);
  });

  it('is asked once however many containers and parallel reviews name the image', async () => {
    await using world = await signedWorld();
    const { own, registry } = world;
    const pinned = `${registry.image}@${registry.digest}`;
    registry.requests = 0;
    await ask(own, pinned);
    const once = registry.requests;
    await using other = await gateForTest(signedConfiguration(registry));
    registry.requests = 0;
    const agent = new Agent({ keepAlive: true, maxSockets: 50 });
    const images = Array.from({ length: 8 }, () => pinned);
    const all = Array.from({ length: 100 }, () => other.call('/mutate', { body: reviewOf(...images), agent }));
    const answers = (await Promise.all(all)).map(decisionIn);
    agent.destroy();
    expect(answers.every(({ allowed }) => allowed)).toBe(true);
    expect(registry.requests).toBe(once);
  });

  it('answers 200 reviews of 200 images at once', async () => {
    await using world = await signedWorld();
    const { own, registry } = world;
    const agent = new Agent({ keepAlive: true, maxSockets: 200 });
    const all = Array.from({ length: 200 }, (_, at) =>
      own.call('/mutate', { body: reviewOf(`${registry.image.replace(/:1$/, '')}:${at}`), agent }),
    );
    const answers = (await Promise.all(all)).map(decisionIn);
    agent.destroy();
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(1);
    expect(answers.filter(({ message }) => message.includes('[image_not_found]'))).toHaveLength(199);
  });
});

describe('a cluster that does not answer', () => {
  it('ADM-11 passes no child and refuses where labels of namespaces are asked for; everything else goes on', async () => {
    const away = async () => Promise.reject(new Error('connection refused'));
    const cluster = { get: away, discover: away } as unknown as Cluster;
    const { options } = readGateConfig({ CHILD_APPROVAL_REQUIRE_DECISION: 'false' });
    await using own = await gateForTest(labelledConfiguration, { options: { features: options.features } });
    const troubles: unknown[] = [];
    const parts = lookAtCluster({
      cluster,
      extractors: [],
      clock: () => 1,
      onState: (trouble) => void troubles.push(trouble),
    });
    const owner = {
      apiVersion: 'apps/v1',
      group: 'apps',
      kind: 'ReplicaSet',
      name: 'web',
      uid: 'u',
      namespace: 'shop',
    };
    expect(await parts.parents.names(owner, 'nginx')).toBe(false);
    expect(await parts.namespaces.labels('shop')).toBeUndefined();
    expect(troubles).toHaveLength(2);
    expect((await ask(own, 'registry.k8s.io/pause:3')).allowed).toBe(true);
    expect((await ask(own, 'reg.example/a:1')).message).toMatch(/no matching rule/);
  });
});

const labelledConfiguration = `${plainConfiguration}  - pattern: 'reg.example/*:*'
    validator: allow
    match:
      namespaceSelector:
        matchLabels:
          team: payments
`;

describe('the program', () => {
  const main = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pratique-gate-cli-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  function start(env: Readonly<Record<string, string>>) {
    const args = [main, 'gate', '--standalone', '--config', folder, '--port', '0', '--metrics-port', '0'];
    const child = spawn(process.execPath, args, {
      env: { PATH: process.env['PATH'] ?? '', LOG_FORMAT: 'json', ...env },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    return { child, ended, output: () => output };
  }

  it('CFG-3 prints every mistake, leaves a word for Kubernetes and ends with 78', async () => {
    await writeFile(join(folder, 'config.yaml'), 'validators: []\npolicy: []\n');
    await writeFile(join(folder, 'termination'), '');
    const { ended, output } = start({ TERMINATION_LOG: join(folder, 'termination') });
    expect(await ended).toBe(78);
    expect(output()).toContain('policy needs at least one entry');
    expect(output()).toContain('validators needs at least one entry');
    expect(await readFile(join(folder, 'termination'), 'utf8')).toMatch(
      /^The configuration has 2 mistakes: .*entry\n$/,
    );
  });

  it('ends with 0 when it is told to', async () => {
    await writeFile(join(folder, 'config.yaml'), plainConfiguration);
    const { child, ended, output } = start({});
    await expect.poll(output, { timeout: 30_000 }).toContain('the gate answers');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});

describe('stopping', () => {
  it('says not ready first and still answers, then lets running reviews finish', async () => {
    const own = await gateForTest(plainConfiguration, { env: { DRAIN_DELAY: '2s' } });
    const stopping = own.gate.stop();
    const ready = await own.call('/ready?verbose', { method: 'GET', headers: {} });
    expect(ready.status).toBe(503);
    expect(JSON.parse(ready.text)).toMatchObject({ ready: false });
    const answer = await own.call('/mutate', { body: reviewOf('registry.k8s.io/pause:3') });
    expect(decisionIn(answer).allowed).toBe(true);
    expect(answer.headers['connection'], 'so that nobody keeps it').toBe('close');
    expect((await own.call('/health', { method: 'GET', headers: {} })).status).toBe(200);
    await stopping;
    await expect(own.call('/health', { method: 'GET' })).rejects.toThrow(/ECONNREFUSED|ECONNRESET/);
    await own[Symbol.asyncDispose]();
  });
});
