import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { isFault } from '@pratique/runtime/fault';
import { kubeconfigAccess } from './kubeconfig.ts';

function config(
  user: object = { token: 'secret-token' },
  cluster: object = { server: 'https://k.example:6443' },
): string {
  return stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'one', preferences: {} },
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [
      { name: 'one', context: { cluster: 'c', user: 'u', namespace: 'team' } },
      { name: 'lost', context: { cluster: 'gone', user: 'u' } },
    ],
  });
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a kubeconfig', () => {
  it('gives server, authority and token of its current context', async () => {
    const cluster = {
      server: 'https://k.example:6443',
      'certificate-authority-data': base64('CA'),
      'tls-server-name': 'kubernetes',
    };
    const access = await kubeconfigAccess({ kind: 'kubeconfig', text: config(undefined, cluster) });
    expect(access).toMatchObject({ serverName: 'kubernetes', namespace: 'team', skipVerify: false });
    expect(access.server.href).toBe('https://k.example:6443/');
    expect(await access.credentials()).toEqual({ ca: 'CA', token: 'secret-token' });
  });

  it('takes certificates from data and from files beside it, and reads the token file each time', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pratique-kubeconfig-'));
    const user = { 'client-certificate-data': base64('CERT'), 'client-key': 'key.pem', tokenFile: 'token' };
    await writeFile(join(folder, 'config'), config(user));
    await writeFile(join(folder, 'key.pem'), 'KEY');
    await writeFile(join(folder, 'token'), 'first\n');
    const access = await kubeconfigAccess({ kind: 'kubeconfig-file', path: join(folder, 'config') });
    expect(await access.credentials()).toEqual({ cert: 'CERT', key: 'KEY', token: 'first' });
    await writeFile(join(folder, 'token'), 'second');
    expect(await access.credentials()).toMatchObject({ token: 'second' });
    await rm(join(folder, 'key.pem'));
    await expect(access.credentials()).rejects.toMatchObject({ code: 'kubeconfig-invalid' });
    await rm(folder, { recursive: true });
  });

  it.each([
    ['no YAML', ':\n  - {'],
    ['no Kubernetes document', '[]'],
    ['a context that is not in it', config(), 'other'],
    ['a context whose cluster is not in it', config(), 'lost'],
    ['an address of another kind', config({}, { server: 'ftp://k' })],
    ['a proxy', config({}, { server: 'https://k', 'proxy-url': 'http://p' })],
  ])('with %s is refused', async (_, text, context?: string) => {
    await expect(
      kubeconfigAccess({ kind: 'kubeconfig', text, ...(context !== undefined && { context }) }),
    ).rejects.toMatchObject({ code: 'kubeconfig-invalid' });
  });

  it('never sends its token over an unencrypted way, but on this machine', async () => {
    const open = await kubeconfigAccess({
      kind: 'kubeconfig',
      text: config(undefined, { server: 'http://k.example' }),
    });
    await expect(open.credentials()).rejects.toMatchObject({ code: 'kubeconfig-invalid' });
    const local = await kubeconfigAccess({
      kind: 'kubeconfig',
      text: config(undefined, { server: 'http://127.0.0.1:1' }),
    });
    expect(await local.credentials()).toEqual({ token: 'secret-token' });
  });

  it('that is damaged is a fault without its token in it', async () => {
    const text = config();
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length), fc.string({ maxLength: 4 }), async (at, put) => {
        const damaged = text.slice(0, at) + put + text.slice(at + 1);
        const fault = await kubeconfigAccess({ kind: 'kubeconfig', text: damaged }).catch((error: unknown) => error);
        if (fault instanceof Error) expect(isFault(fault, 'kubeconfig-invalid'), String(fault.stack)).toBe(true);
        expect(JSON.stringify([String(fault), fault instanceof Error ? fault : ''])).not.toContain('secret-token');
      }),
      { numRuns: 60 },
    );
  });

  it('whose credentials come from a program runs it', async () => {
    const exec = {
      ...{ apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, interactiveMode: 'Never' },
      args: [
        '-e',
        `console.log('{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"from-plugin"}}')`,
      ],
    };
    const access = await kubeconfigAccess({ kind: 'kubeconfig', text: config({ exec }) });
    expect(await access.credentials()).toEqual({ token: 'from-plugin' });
    const missing = { ...exec, command: '/nonexistent/plugin' };
    const broken = await kubeconfigAccess({ kind: 'kubeconfig', text: config({ exec: missing }) });
    await expect(broken.credentials()).rejects.toMatchObject({ code: 'kubeconfig-invalid' });
  });
});
