/** Signed images in a registry and a gate that looks at them. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { createRegistryClient, parseReference } from '@pratique/oci';
import { signerFor, signImage } from '@pratique/sigstore';
import { createAuthority, issueLeaf } from '@pratique/tls';
import { buildImage, pushImage } from '../images/build-image.ts';
import { startEcho, startProcess } from './gate-processes.ts';
import type { StartedProcess } from './gate-processes.ts';

/** See the top of this file. */
export interface GateWorld extends AsyncDisposable {
  /** `host:port` of the registry. */
  readonly registry: string;
  readonly echo: StartedProcess;
  /** Of the certificate of gate and echo. */
  readonly ca: string;
  /** Names of images with different content, signed. */
  readonly images: readonly string[];
  /** A gate of its own; `registry` is whom it asks in place of the registry itself, `env` what is special about it. */
  startGate(more?: {
    readonly pattern?: string;
    readonly env?: Readonly<Record<string, string>>;
  }): Promise<StartedProcess>;
}

/** Brings it up: `command` is the shipped program, or its source. */
export async function bringUp(command: string, count: number, say: (text: string) => void): Promise<GateWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-gate-'));
  const processes: StartedProcess[] = [];
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ca = await writeCertificate(folder);
  const started = async (starting: Promise<StartedProcess>): Promise<StartedProcess> => {
    const one = await starting;
    processes.push(one);
    return one;
  };
  const dispose = async (): Promise<void> => {
    await Promise.allSettled(processes.map((one) => one.stop()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const registryArgs = [command, 'registry', '--dir', join(folder, 'registry'), '--port', '0'];
    const { address: registry } = await started(
      startProcess({ args: registryArgs, said: /tests: (\S+?)\/NAME/, env: { PRATIQUE_REGISTRY_DURABLE: 'false' } }),
    );
    say(`signing ${count} images`);
    const images = await signImages(registry, count, privateKey);
    const key = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    await writeConfiguration(folder, key);
    return {
      registry,
      ca,
      images,
      echo: await started(startEcho(folder)),
      startGate: ({ env = {} } = {}) => started(startGate(command, folder, env)),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function startGate(command: string, folder: string, env: Readonly<Record<string, string>>): Promise<StartedProcess> {
  const args = [command, 'gate', '--standalone', '--config', join(folder, 'config'), '--certs', folder];
  return startProcess({
    args: [...args, '--port', '0', '--metrics-port', '0'],
    // The defaults of the product, the log included.
    env: { SECRETS_DIR: join(folder, 'secrets'), ...env },
    said: /"url":\s*"(https:[^"]+)"/,
  });
}

async function writeCertificate(folder: string): Promise<string> {
  const making = { now: Date.now(), random: (bytes: number) => randomBytes(bytes) };
  const authority = await createAuthority({ name: 'bench', ...making });
  const leaf = await issueLeaf({ authority, names: ['localhost'], addresses: ['127.0.0.1'], ...making });
  await writeFile(join(folder, 'tls.crt'), leaf.certificate);
  await writeFile(join(folder, 'tls.key'), leaf.key);
  await writeFile(join(folder, 'ca.crt'), authority.certificate);
  return authority.certificate;
}

async function signImages(
  registry: string,
  count: number,
  privateKey: ReturnType<typeof generateKeyPairSync>['privateKey'],
): Promise<readonly string[]> {
  const client = createRegistryClient({ userAgent: 'pratique-bench', now: () => new Date(), random: Math.random });
  const material = { signer: signerFor(privateKey) };
  const names: string[] = [];
  for (let no = 0; no < count; no += 1) {
    const reference = parseReference(`${registry}/bench/app-${no}:1`);
    const store = client.repository(reference);
    await pushImage(store, await buildImage({ layers: [{ 'file.txt': `image ${no}` }] }), '1');
    const { registry: host, repository } = reference;
    const signed = { registry: host, repository, tag: '1' };
    await signImage({
      ...{ store, target: '1', reference: signed, material, now: new Date() },
      ...{ sleep: () => Promise.resolve(), random: Math.random },
    });
    names.push(`${registry}/bench/app-${no}:1`);
  }
  await client.close();
  return names;
}

/** A few rules, as clusters have them. */
async function writeConfiguration(folder: string, key: string): Promise<void> {
  const indented = key.trim().replaceAll('\n', '\n          ');
  const text = `validators:
  - name: deny
    type: static
    approve: false
  - name: allow
    type: static
    approve: true
  - name: default
    type: cosign
    trustRoots:
      - name: default
        key: |
          ${indented}
policy:
  - pattern: "*:*"
    validator: deny
  - pattern: "127.0.0.1:*/*/*"
    with:
      verifyInTransparencyLog: false
  - pattern: "registry.k8s.io/*:*"
    validator: allow
  - pattern: "docker.io/library/redis:*"
    validator: allow
`;
  await mkdir(join(folder, 'config'));
  await mkdir(join(folder, 'secrets'));
  await writeFile(join(folder, 'config', 'config.yaml'), text);
}
