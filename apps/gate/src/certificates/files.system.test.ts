import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkKeyPair, fingerprintOf } from '@pratique/tls';
import type { Certificates } from './certificates.ts';
import { startCertificates } from './start-certificates.ts';
import { make } from './state-fixture.ts';
import type { Made } from './state-fixture.ts';

let folder: string;
let certificates: Certificates | undefined;

beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'pratique-certs-'))));
afterEach(async () => {
  await certificates?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('certificates from a folder', () => {
  it('are taken from a Secret as Kubernetes mounts it, and again when it swaps the version', async () => {
    const [one, two] = await Promise.all([make(Date.now()), make(Date.now())]);
    mount('1', one);
    const { facts, onChange } = await start();
    expect(facts()).toMatchObject({ source: 'files', authorities: one.authority.certificate, problems: [] });
    const changes: unknown[] = [];
    onChange((context) => changes.push(context.cert));
    mount('2', two);
    await vi.waitFor(() => expect(facts().fingerprint).toBe(fingerprint(two)), { timeout: 20_000 });
    expect(changes).toEqual([two.leaf.certificate]);
  });

  it('stay the last good ones while the files are wrong, and say why', async () => {
    const [one, two] = await Promise.all([make(Date.now()), make(Date.now())]);
    mount('1', one);
    const { facts } = await start();
    mount('2', { ...two, leaf: { ...two.leaf, key: one.leaf.key } });
    await vi.waitFor(() => expect(facts().problems).toHaveLength(1), { timeout: 20_000 });
    expect(facts().problems[0]).toMatchObject({ code: 'certificate-unusable', severity: 'high' });
    expect(facts().fingerprint).toBe(fingerprint(one));
    mount('3', two);
    await vi.waitFor(() => expect(facts().problems).toEqual([]), { timeout: 20_000 });
    expect(facts().fingerprint).toBe(fingerprint(two));
  });

  it('are a stand-in that no caller trusts while there are none, with what to do', async () => {
    const { facts } = await start();
    expect(facts()).toMatchObject({ source: 'stand-in', caBundleInSync: undefined });
    expect(facts().problems[0]).toMatchObject({
      code: 'certificate-missing',
      cause: expect.stringContaining(join(folder, 'tls.crt')),
      fix: expect.stringContaining('--standalone'),
    });
  });
});

describe('certificates of a gate that stands alone', () => {
  it('are made in memory, for the names and addresses it is called by', async () => {
    certificates = await startCertificates({
      source: { kind: 'generated', names: ['localhost'], addresses: ['127.0.0.1', '::1'] },
      ...{ log, now: Date.now, random: randomBytes },
    });
    const { cert, key } = certificates.secureContext();
    const { leaf } = checkKeyPair({ certificate: cert as string, key: key as string }, 'made');
    expect(leaf.checkHost('localhost')).toBe('localhost');
    expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificates.facts()).toMatchObject({ source: 'generated', problems: [] });
  });
});

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function start(): Promise<Certificates> {
  certificates = await startCertificates({
    source: { kind: 'files', folder },
    log,
    now: Date.now,
    random: randomBytes,
  });
  return certificates;
}

/** As a kubelet does: a folder per version, and `..data` swapped in one step. */
function mount(version: string, { leaf, authority }: Made): void {
  const data = `..2026_06_15_${version}`;
  mkdirSync(join(folder, data));
  const files = { 'tls.crt': leaf.certificate, 'tls.key': leaf.key, 'ca.crt': authority.certificate };
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, data, name), content);
    if (version === '1') symlinkSync(join('..data', name), join(folder, name));
  }
  symlinkSync(data, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
}

function fingerprint({ leaf }: Made): string {
  return fingerprintOf(checkKeyPair(leaf, 'made').leaf);
}
