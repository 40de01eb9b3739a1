import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCertificates } from '@pratique/tls';
import { keepFresh } from './certificates.ts';
import { callersName, namespace, ownEntry } from './cluster-fixture.ts';
import type { Replica } from './cluster-fixture.ts';
import { serviceAnswers } from './probe.ts';
import { openScene } from './scene-fixture.ts';
import type { Scene } from './scene-fixture.ts';

let scene: Scene;
let servers: Server[];

beforeEach(async () => {
  servers = [];
  scene = await openScene();
});

afterEach(async () => {
  await scene.close();
  await Promise.all(
    servers.map((server) => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    }),
  );
});

describe('a webhook that the API server calls all the time', () => {
  it('TLS-3.4 TLS-3.6 answers every call while its authority is replaced', async () => {
    const replica = await serving('pod-a');
    const before = scene.caBundle();
    const calls = callAllTheTime();
    scene.api.remove('secrets', namespace, 'connaisseur-ca');
    await scene.until(() => readCertificates(scene.caBundle(), 'bundle').length === 2);
    await scene.until(() => readCertificates(scene.caBundle(), 'bundle').length === 1 && scene.caBundle() !== before);
    const outcomes = await calls.stop();
    expect(outcomes.length).toBeGreaterThan(0);
    expect(outcomes.filter((outcome) => outcome !== 'allowed')).toEqual([]);
    expect(scene.isVouched(replica)).toBe(true);
  });

  it('3.1 is refused while caBundle is empty, in the words of the runbook, and answers again at once', async () => {
    const replica = await serving('pod-a');
    expect(await call()).toBe('allowed');
    scene.api.trouble.interfere({ when: /^PATCH .*webhook/, times: 1, with: { status: 503 } });
    scene.editEntry({ caBundle: '' });
    expect(await call()).toContain('x509: certificate signed by unknown authority');
    await scene.until(() => replica.certificates.facts().repairs.caBundle > 0);
    expect(await call()).toBe('allowed');
  });

  it('WHK-3 is switched on after the Service was asked over TLS as the API server does', async () => {
    let port = 0;
    const replica = await scene.start('pod-a', {
      probe: (authorities) => serviceAnswers({ name: callersName, port, host: '127.0.0.1' }, authorities),
    });
    await scene.until(() => replica.certificates.facts().problems.some(({ code }) => code === 'service-unreachable'));
    expect(ownEntry(scene.api).rules ?? []).toEqual([]);
    port = await listen(replica);
    await scene.settled(replica);
    expect(await serviceAnswers({ name: 'elsewhere.svc', port, host: '127.0.0.1' }, scene.caBundle())).toBe(false);
    expect(await serviceAnswers({ name: callersName, port, host: '127.0.0.1' }, '')).toBe(false);
  });
});

/** A replica with a listener, and the Service leading to it. */
async function serving(pod: string): Promise<Replica> {
  const replica = await scene.start(pod);
  const port = await listen(replica);
  scene.api.route(`${namespace}/connaisseur-svc`, { host: '127.0.0.1', port });
  await scene.settled(replica);
  return replica;
}

async function listen({ certificates }: Replica): Promise<number> {
  const server = createServer(certificates.secureContext(), (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url === '/ready') return void response.end();
      const { apiVersion, kind, request: asked } = JSON.parse(Buffer.concat(chunks).toString()) as Review;
      const answer = { apiVersion, kind, response: { uid: asked.uid, allowed: true } };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    });
  });
  server.on('tlsClientError', () => undefined);
  keepFresh(server, certificates);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: { readonly uid: string };
}

/** What became of a pod that somebody wants to run: `allowed`, or why not. */
async function call(): Promise<string> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'app' },
    spec: { containers: [{ name: 'a', image: 'a' }] },
  };
  const trial = await scene.api.tryManifest(JSON.stringify(pod), { namespace: 'default' });
  if (trial.state === 'unreadable') return trial.problem;
  const [tried] = trial.objects;
  return tried?.outcome === 'allowed' ? 'allowed' : (tried?.message ?? 'nothing was tried');
}

function callAllTheTime(): { stop(): Promise<readonly string[]> } {
  const outcomes: string[] = [];
  let isOver = false;
  const calling = (async () => {
    while (!isOver) outcomes.push(await call());
  })();
  return {
    stop: async () => {
      isOver = true;
      await calling;
      return outcomes;
    },
  };
}
