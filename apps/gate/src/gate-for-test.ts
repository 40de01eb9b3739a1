/** A gate without a cluster on a free port, with a configuration of the test's own. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import type { RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '@pratique/runtime/log';
import { readGateConfig } from './config.ts';
import { startGate } from './start.ts';
import type { GateOptions, GateSurroundings, RunningGate } from './start.ts';

/** Admits what is below registry.k8s.io and nothing else. */
export const plainConfiguration = `validators:
  - name: allow
    type: static
    approve: true
  - name: deny
    type: static
    approve: false
policy:
  - pattern: '*:*'
    validator: deny
  - pattern: 'registry.k8s.io/*:*'
    validator: allow
`;

export interface GateForTest extends AsyncDisposable {
  readonly gate: RunningGate;
  readonly folder: string;
  /** Lines of the log so far. */
  readonly lines: readonly string[];
  configure(text: string): Promise<void>;
  call(path: string, call?: TestCall): Promise<TestAnswer>;
}

export interface TestCall {
  readonly method?: string;
  readonly body?: string | Buffer;
  readonly headers?: RequestOptions['headers'];
  readonly agent?: RequestOptions['agent'];
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Starts it. */
export async function gateForTest(
  configuration = plainConfiguration,
  more: {
    readonly env?: Readonly<Record<string, string>>;
    readonly options?: Partial<GateOptions>;
    readonly surroundings?: Partial<GateSurroundings>;
  } = {},
): Promise<GateForTest> {
  const folder = await mkdtemp(join(tmpdir(), 'pratique-gate-'));
  const configFolder = join(folder, 'config');
  await mkdir(configFolder);
  const configure = (text: string): Promise<void> => writeFile(join(configFolder, 'config.yaml'), text);
  await configure(configuration);
  const lines: string[] = [];
  const { options } = readGateConfig({
    ...{ STANDALONE: 'true', HOST: '127.0.0.1', PORT: '0', METRICS_PORT: '0', DRAIN_DELAY: '0', DRAIN_TIME: '5s' },
    ...{ CONFIG_DIR: configFolder, SECRETS_DIR: join(folder, 'secrets'), CERTS_DIR: join(folder, 'certs') },
    ...{ ALERTS_DIR: join(folder, 'alerts'), ...more.env },
  });
  const destination = { write: (line: string) => lines.push(line) };
  const log = createLog({ level: 'info', format: 'json', name: 'gate', destination });
  try {
    const gate = await startGate({ ...options, ...more.options }, { log, version: '0.0.0', ...more.surroundings });
    return {
      ...{ gate, folder, lines, configure },
      call: (path, call) => callGate(gate, path, call),
      async [Symbol.asyncDispose]() {
        await gate.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** One request over a connection of its own. */
export function callGate(gate: RunningGate, path: string, call: TestCall = {}): Promise<TestAnswer> {
  const { method = 'POST', body, headers = { 'content-type': 'application/json' }, agent = false } = call;
  return new Promise((resolve, reject) => {
    const sent = request(`${gate.url}${path}`, { method, headers, agent, ca: gate.authorities() }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The body of a review of a pod with these images. */
export function reviewOf(...images: readonly string[]): string {
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u-1',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      namespace: 'shop',
      operation: 'CREATE',
      object: { metadata: { name: 'web' }, spec: { containers: images.map((image) => ({ name: 'c', image })) } },
    },
  });
}

/** What the answer to a review says. */
export function decisionIn({ text }: TestAnswer): { readonly allowed: boolean; readonly message: string } {
  const { response } = JSON.parse(text) as { response: { allowed: boolean; status?: { message: string } } };
  return { allowed: response.allowed, message: response.status?.message ?? '' };
}
