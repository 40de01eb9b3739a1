import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAlerts } from './load-alerts.ts';

let base: string;
let url: string;
const received: string[] = [];
const server = createServer((request, response) => {
  void text(request).then((body) => {
    received.push(body);
    response.end();
  });
});

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'pratique-alerts-'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(base, { recursive: true });
});

async function load(config: string | undefined, files: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(join(base, 'one-'));
  await mkdir(join(folder, 'templates'));
  await mkdir(join(folder, 'secrets', 'hooks'), { recursive: true });
  if (config !== undefined) await writeFile(join(folder, 'config.yaml'), config);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  await symlink('/etc/hostname', join(folder, 'templates', 'escape.json'));
  return loadAlerts({
    ...{ folder, secretsFolder: join(folder, 'secrets'), podName: 'gate-1', fetch },
    ...{ now: () => new Date(0), random: () => 0, onResult: () => undefined, onWarning: () => undefined },
  });
}

const rejected = { outcome: 'rejected', uid: 'u', namespace: 'n', images: ['a:1'], error: 'no matching rule' } as const;
const one = (receiver: string) => `rejectRequest:\n  receivers:\n    - ${receiver}\n`;

describe('the files of alerts', () => {
  it.each([[undefined], [''], ['{}'], ['clusterIdentifier: prod']])('%j tell nobody', async (config) => {
    expect(await load(config)).toBeUndefined();
  });

  it('ALR-8 use the shipped template where the folder has none of that name', async () => {
    const alerts = await load(one(`{ template: keybase, receiverUrl: "${url}" }`));
    expect(await alerts?.notify(rejected)).toBe('sent');
    expect(received.pop()).toContain('CONNAISSEUR rejected a request: no matching rule');
    const own = await load(one(`{ template: keybase, receiverUrl: "${url}" }`), {
      'templates/keybase.json': '{"mine":"{{ images }}"}',
    });
    expect(await own?.notify(rejected)).toBe('sent');
    expect(received.pop()).toBe('{"mine":"a:1"}');
  });

  it('ALR-7 have the address in a mounted Secret', async () => {
    const from = 'receiverUrlFrom: { secretKeyRef: { name: hooks, key: address } }';
    const alerts = await load(one(`{ template: keybase, ${from} }`), { 'secrets/hooks/address': `${url}\n` });
    expect(await alerts?.notify(rejected)).toBe('sent');
  });

  it.each([
    [one('{ template: none, receiverUrl: "https://x" }'), /no template none/],
    [one('{ template: keybase, receiverUrl: "https://x", prority: 1 }'), /prority/],
    [one('{ template: keybase }'), /receiverUrl must be set/],
    ['rejectRequest: [', /./],
  ])('that are wrong are refused whole: %j', async (config, problem) => {
    await expect(load(config)).rejects.toMatchObject({
      code: 'alerting-invalid',
      message: expect.stringMatching(problem),
    });
  });

  it('CFG-1 never read a template from outside of their folder', async () => {
    await expect(load(one('{ template: escape, receiverUrl: "https://x" }'))).rejects.toMatchObject({
      code: 'file-outside-folder',
    });
  });
});
