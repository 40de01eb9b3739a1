import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { needsPeer, runPeer } from '../peers/peers.ts';
import { startFakeApiServer } from './kube.ts';
import type { FakeApiServer } from './kube.ts';
import { startTestWebhook } from './webhook-for-test.ts';
import type { TestWebhook } from './webhook-for-test.ts';

const peer = needsPeer('kubectl');
const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: connaisseur, namespace: connaisseur }
spec:
  replicas: 2
  selector: { matchLabels: { app: connaisseur } }
  template:
    metadata: { labels: { app: connaisseur } }
    spec:
      containers:
        - { name: main, image: "web:1", command: [uvicorn], ports: [{ name: https, containerPort: 5000 }] }
---
apiVersion: v1
kind: Service
metadata: { name: connaisseur-svc, namespace: connaisseur }
spec: { selector: { app: connaisseur }, ports: [{ port: 443, targetPort: https }] }
`;

peer.describe('the runbook of the users, with real kubectl', () => {
  let server: FakeApiServer;
  let webhook: TestWebhook;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pratique-kubectl-'));
    webhook = await startTestWebhook(['connaisseur-svc.connaisseur.svc']);
    server = await startFakeApiServer({
      namespaces: { connaisseur: {} },
      endpoints: { 'connaisseur/connaisseur-svc': webhook.endpoint },
    });
    server.put({
      ...{ kind: 'Secret', metadata: { namespace: 'connaisseur', name: 'connaisseur-tls' } },
      data: { 'ca.crt': webhook.caBundle },
    });
    await writeFile(join(folder, 'manifest.yaml'), manifest);
  });
  afterAll(async () => {
    await server.close();
    await webhook[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  async function kubectl(...args: readonly string[]) {
    await writeFile(join(folder, 'config'), server.kubeconfig());
    return runPeer(peer.path, ['--kubeconfig', join(folder, 'config'), ...args], { cwd: folder });
  }

  it('installs, and finds everything the same the second time', async () => {
    const first = await kubectl('apply', '-f', 'manifest.yaml');
    expect(first).toMatchObject({
      stderr: '',
      stdout: 'deployment.apps/connaisseur created\nservice/connaisseur-svc created\n',
    });
    await server.settled();
    const again = await kubectl('apply', '-f', 'manifest.yaml');
    expect(again.stdout).toBe('deployment.apps/connaisseur unchanged\nservice/connaisseur-svc unchanged\n');
  });

  it('3.1 puts the authority of the Secret into the webhook, then waits for the Deployment', async () => {
    server.put({
      ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' },
      metadata: { name: 'connaisseur-webhook' },
      webhooks: [
        {
          name: 'connaisseur-svc.connaisseur.svc',
          ...{ sideEffects: 'None', failurePolicy: 'Fail', admissionReviewVersions: ['v1'] },
          clientConfig: {
            service: { namespace: 'connaisseur', name: 'connaisseur-svc', path: '/mutate' },
            caBundle: Buffer.from(server.ca).toString('base64'),
          },
          rules: [
            { operations: ['*'], apiGroups: ['', 'apps'], apiVersions: ['*'], resources: ['pods', 'deployments'] },
          ],
        },
      ],
    });
    const denied = await kubectl('-n', 'connaisseur', 'run', 'x', '--image=alpine', '--restart=Never');
    expect(denied.stderr).toContain(
      'failed calling webhook "connaisseur-svc.connaisseur.svc": failed to call webhook: Post "https://connaisseur-svc.connaisseur.svc:443/mutate?timeout=10s": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    );
    const secret = ['-n', 'connaisseur', 'get', 'secret', 'connaisseur-tls', '-o'];
    // As the page has it: kubectl reads ca.crt as crt within ca, and answers with nothing.
    expect(await kubectl(...secret, 'jsonpath={.data.ca.crt}')).toMatchObject({ code: 0, stdout: '' });
    const { stdout: bundle } = await kubectl(...secret, String.raw`jsonpath={.data.ca\.crt}`);
    expect(bundle).toBe(webhook.caBundle);
    const patch = [{ op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: bundle }];
    const patched = await kubectl(
      'patch',
      'mutatingwebhookconfiguration',
      'connaisseur-webhook',
      '--type=json',
      '-p',
      JSON.stringify(patch),
    );
    expect(patched.stdout).toBe(
      'mutatingwebhookconfiguration.admissionregistration.k8s.io/connaisseur-webhook patched\n',
    );
    expect((await kubectl('-n', 'connaisseur', 'run', 'x', '--image=alpine', '--restart=Never')).stdout).toBe(
      'pod/x created\n',
    );
    expect((await kubectl('rollout', 'status', 'deploy/connaisseur', '-n', 'connaisseur')).stdout).toBe(
      'deployment "connaisseur" successfully rolled out\n',
    );
  });

  it('3.3 shows the endpoints and restarts the Deployment', async () => {
    const shown = await kubectl('-n', 'connaisseur', 'get', 'endpoints', 'connaisseur-svc', '-o', 'wide');
    expect(shown.stdout).toMatch(
      new RegExp(`^NAME +ENDPOINTS +AGE\nconnaisseur-svc +127.0.0.1:${webhook.endpoint.port} `),
    );
    const before = server.list('pods', 'connaisseur').map(({ metadata }) => metadata.name);
    expect((await kubectl('-n', 'connaisseur', 'rollout', 'restart', 'deploy', 'connaisseur')).stdout).toBe(
      'deployment.apps/connaisseur restarted\n',
    );
    await server.settled();
    const after = server.list('pods', 'connaisseur').map(({ metadata }) => metadata.name);
    expect(after.filter((name) => before.includes(name))).toEqual(['x']);
    expect(after).toHaveLength(3);
  });

  it('3.4 removes a command; naming a field that is not there changes nothing', async () => {
    const remove = (...fields: readonly string[]) =>
      kubectl(
        '-n',
        'connaisseur',
        'patch',
        'deploy',
        'connaisseur',
        '--type=json',
        '-p',
        JSON.stringify(fields.map((field) => ({ op: 'remove', path: `/spec/template/spec/containers/0/${field}` }))),
      );
    const both = await remove('command', 'args');
    expect(both).toMatchObject({
      code: 1,
      stderr: 'The request is invalid: the server rejected our request due to an error in our request\n',
    });
    expect((await remove('command')).stdout).toBe('deployment.apps/connaisseur patched\n');
    const { stdout } = await kubectl('-n', 'connaisseur', 'get', 'deploy', 'connaisseur', '-o', 'yaml');
    expect(stdout).toContain('image: web:1');
    expect(stdout).not.toContain('command:');
  });

  it('reads the binary form in which some verbs send what they make', async () => {
    const made = await kubectl(
      '-n',
      'connaisseur',
      'create',
      'secret',
      'generic',
      'key',
      '--from-literal=cosign.pub=PEM',
    );
    expect(made.stdout).toBe('secret/key created\n');
    expect(server.get('secrets', 'connaisseur', 'key')).toMatchObject({
      type: 'Opaque',
      data: { 'cosign.pub': 'UEVN' },
    });
    expect((await kubectl('auth', 'can-i', 'delete', 'secrets')).stdout).toBe('yes\n');
  });

  it('is refused like by the real one where the account may not', async () => {
    const text = server.kubeconfig(server.tokenFor('jane', [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }]));
    await writeFile(join(folder, 'jane'), text);
    const refused = await runPeer(
      peer.path,
      ['--kubeconfig', join(folder, 'jane'), 'get', 'secrets', '-n', 'connaisseur'],
      { cwd: folder },
    );
    expect(refused.stderr).toBe(
      'Error from server (Forbidden): secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" in the namespace "connaisseur"\n',
    );
  });
});
