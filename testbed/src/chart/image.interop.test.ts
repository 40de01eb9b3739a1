import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needsPeer, runPeer } from '../peers/peers.ts';
import { helmTemplate, readRendering, type Rendering } from './render.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const helm = needsPeer('helm');

/** Instructions of the last stage by their name, continuation lines joined. */
async function lastStage(): Promise<ReadonlyMap<string, readonly string[]>> {
  const text = (await readFile(join(root, 'deploy/images/Dockerfile'), 'utf8')).replaceAll(/\\\n\s*/g, '');
  const lines = text.split('\n').filter((line) => /^[A-Z]+ /.test(line));
  const stage = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
  const found = new Map<string, string[]>();
  for (const line of stage) {
    const [name = ''] = line.split(' ');
    found.set(name, [...(found.get(name) ?? []), line.slice(name.length + 1)]);
  }
  return found;
}

async function startsWith(): Promise<{ readonly entrypoint: readonly string[]; readonly words: readonly string[] }> {
  const stage = await lastStage();
  const list = (name: string) => JSON.parse(stage.get(name)?.[0] ?? '[]') as readonly string[];
  return { entrypoint: list('ENTRYPOINT'), words: list('CMD') };
}

describe('the image', () => {
  it('4.9 starts the gate by itself, as 10001:20001, with few arenas, and runs no shell', async () => {
    const stage = await lastStage();
    expect(stage.get('USER')).toEqual(['10001:20001']);
    expect(stage.get('RUN')).toBeUndefined();
    expect(stage.get('ENV')?.join()).toContain('MALLOC_ARENA_MAX=2');
    expect(stage.get('EXPOSE')).toEqual(['5000 9090']);
    const { entrypoint, words } = await startsWith();
    expect(words).toEqual(['gate']);
    // Kubernetes mounts over /app.
    expect([...entrypoint, ...(stage.get('COPY') ?? [])].join(' ')).not.toContain(' /app');
  });
});

helm.describe('the image with what the chart gives it', () => {
  let folder: string;
  let gate: ChildProcess | undefined;
  let said = '';
  let url: string;
  let rendering: Rendering;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pratique-image-'));
    const bundle = await runPeer(process.execPath, ['tools/tasks/run-bundle.ts', folder], { cwd: root });
    if (bundle.code !== 0) throw new Error(bundle.stderr);
    rendering = readRendering((await helmTemplate(helm.path, {})).stdout);
    await layOut('config', 'connaisseur-app-config');
    await layOut('alerts', 'connaisseur-alert-config');
    await layOut('alerts/templates', 'connaisseur-alert-templates');
    gate = await start();
    url = await until(() => /"url":\s*"(https:[^"]+)"/.exec(said)?.[1]);
  });
  afterAll(async () => {
    gate?.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  /** A ConfigMap as files, as a mount shows it. */
  async function layOut(into: string, configMap: string): Promise<void> {
    await mkdir(join(folder, into), { recursive: true });
    for (const [name, text] of Object.entries(
      rendering.at('ConfigMap', configMap, '/data') as Record<string, string>,
    )) {
      await writeFile(join(folder, into, name), text);
    }
  }

  async function start(): Promise<ChildProcess> {
    const { entrypoint, words } = await startsWith();
    const [, program = ''] = entrypoint;
    const { REDIS_HOST: _redis, ...environment } = rendering.at('ConfigMap', 'connaisseur-env', '/data') as Record<
      string,
      string
    >;
    const child = spawn(process.execPath, [program.replace('/opt/pratique', folder), ...words], {
      cwd: '/',
      env: {
        ...environment,
        STANDALONE: 'true',
        CONFIG_DIR: join(folder, 'config'),
        ALERTS_DIR: join(folder, 'alerts'),
        SECRETS_DIR: join(folder, 'secrets'),
        CERTS_DIR: join(folder, 'certs'),
        HOST: '127.0.0.1',
        PORT: '0',
        METRICS_PORT: '0',
        DRAIN_DELAY: '0',
      },
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    return child;
  }

  async function until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (gate?.exitCode !== null) throw new Error(`it ended and said: ${said}`);
      await new Promise((resolve) => void setTimeout(resolve, 20));
    }
  }

  /** Sent without looking at the certificate, as probes of Kubernetes do. */
  function send(path: string, body?: object): Promise<{ readonly status: number | undefined; readonly text: string }> {
    return new Promise((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST';
      const headers = { 'content-type': 'application/json' };
      const call = request(`${url}${path}`, { method, headers, rejectUnauthorized: false }, (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
        answer.on('end', () => resolve({ status: answer.statusCode, text }));
      });
      call.on('error', reject);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  it('is alive and ready where the probes of the chart look', async () => {
    for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
      const path = rendering.at('Deployment', 'connaisseur', `/spec/template/spec/containers/0/${probe}/httpGet/path`);
      expect((await send(String(path))).status, String(path)).toBe(200);
    }
  });

  it.each([
    ['admits its own cache', 'redis@sha256:71da9275c5f3fcb97d0fa0c8c5b36cc995327265420f17a04bfd544f458059f7', true],
    ['admits what Kubernetes itself runs', 'registry.k8s.io/pause:3.10', true],
    ['refuses everything else', 'nginx:1', false],
  ])('%s by the default policy, at the path of the webhook', async (_, image, allowed) => {
    const review = {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: {
        uid: '1',
        kind: { group: '', version: 'v1', kind: 'Pod' },
        resource: { group: '', version: 'v1', resource: 'pods' },
        operation: 'CREATE',
        name: 'x',
        namespace: 'team',
        object: {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'x' },
          spec: { containers: [{ name: 'x', image }] },
        },
      },
    };
    const path = rendering.at(
      'MutatingWebhookConfiguration',
      'connaisseur-webhook',
      '/webhooks/0/clientConfig/service/path',
    );
    const { text } = await send(String(path), review);
    expect(JSON.parse(text)).toMatchObject({ response: { uid: '1', allowed } });
  });

  it('ends well when it is asked to', async () => {
    gate?.kill('SIGTERM');
    const code = await new Promise((resolve) => gate?.once('exit', resolve));
    expect(code, said).toBe(0);
  });
});
