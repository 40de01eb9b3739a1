/** A Kubernetes API that knows Secrets and one token, over real TLS with its own authority. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { X509CertificateGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509';

interface StoredSecret {
  metadata: { name: string; namespace: string; resourceVersion?: string };
  data?: Record<string, string>;
}

/** A running API. */
export interface KubeApi {
  /** What a file named by KUBECONFIG holds. */
  readonly kubeconfig: string;
  readonly secrets: Map<string, StoredSecret>;
  /** Every request as `METHOD path`. */
  readonly requests: string[];
  stop(): Promise<void>;
}

/** Starts it; only `token` may do anything, and nothing in the namespace `locked`. */
export async function startKubeApi(token = 'test-token'): Promise<KubeApi> {
  const { certificate, key } = await selfSigned();
  const secrets = new Map<string, StoredSecret>();
  const requests: string[] = [];
  const server = createServer({ cert: certificate, key }, (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const allowed = request.headers.authorization === `Bearer ${token}`;
      const [status, body] = allowed
        ? answer(secrets, `${request.method}`, `${request.url}`, Buffer.concat(chunks).toString())
        : [401, failure(401)];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    kubeconfig: kubeconfig(`https://127.0.0.1:${port}`, certificate, token),
    secrets,
    requests,
    stop: () => new Promise((done) => (server.closeAllConnections(), server.close(() => done()))),
  };
}

function answer(secrets: Map<string, StoredSecret>, method: string, url: string, text: string): [number, unknown] {
  const [, namespace = '', name = ''] = /^\/api\/v1\/namespaces\/([^/]+)\/secrets(?:\/([^/?]+))?/.exec(url) ?? [];
  if (namespace === 'locked') return [403, failure(403)];
  const key = `${namespace}/${name}`;
  if (method === 'GET') return secrets.has(key) ? [200, secrets.get(key)] : [404, failure(404)];
  const secret = JSON.parse(text) as StoredSecret;
  const id = `${namespace}/${secret.metadata.name}`;
  const present = secrets.get(id);
  if (method === 'POST' && present !== undefined) return [409, failure(409)];
  if (method === 'PUT' && present?.metadata.resourceVersion !== secret.metadata.resourceVersion)
    return [409, failure(409)];
  const version = String(Number(present?.metadata.resourceVersion ?? 0) + 1);
  secrets.set(id, { ...secret, metadata: { ...secret.metadata, resourceVersion: version } });
  return [method === 'POST' ? 201 : 200, secrets.get(id)];
}

function failure(code: number) {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code };
}

async function selfSigned(): Promise<{ readonly certificate: string; readonly key: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=kube-api',
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extensions: [new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    certificate: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
  };
}

function kubeconfig(server: string, certificate: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [
      { name: 'test', cluster: { server, 'certificate-authority-data': Buffer.from(certificate).toString('base64') } },
    ],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  });
}
