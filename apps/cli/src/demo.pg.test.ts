import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { familyOf, isAlive, pratique, type Started } from './run-for-test.ts';

interface Addresses {
  readonly hub: string;
  readonly spoke_api: string;
  readonly databases: { readonly app: string; readonly stackrox: string };
  readonly people: readonly { readonly id: string; readonly role: string }[];
  readonly spoke_keys: readonly { readonly key: string; readonly clusters: readonly string[] }[];
  readonly registry: string;
  readonly images: readonly { readonly reference: string; readonly story: string }[];
  readonly signing_key: { readonly publicFile: string };
  readonly gate: { readonly webhook: string; readonly metrics: string };
  readonly api_server: { readonly kubeconfig: string };
}

const folder = await mkdtemp(join(tmpdir(), 'pratique-demo-'));
const started: Started[] = [];
afterAll(async () => {
  for (const { child } of started.filter((one) => one.child.exitCode === null)) child.kill('SIGTERM');
  await Promise.all(started.map(({ ended }) => ended));
  await rm(folder, { recursive: true, force: true });
});

function demo(words: readonly string[] = [], changes: Readonly<Record<string, string>> = { PORT: '0' }): Started {
  const one = pratique(['demo', '--json', '--data', folder, ...words], changes);
  started.push(one);
  return one;
}

async function total(hub: string, person: string): Promise<number> {
  const answer = await fetch(`${hub}/api/cves?page_size=1`, { headers: { 'x-dev-person': person } });
  return ((await answer.json()) as { total: number }).total;
}

/** Workloads that the gate refused before anybody came. */
async function refused(hub: string): Promise<number> {
  const answer = await fetch(`${hub}/api/admission/summary`, { headers: { 'x-dev-person': 'demo-security' } });
  return ((await answer.json()) as { refused: number }).refused;
}

/** Stops a command and returns which processes of its family are left. */
async function stop({ child, ended }: Started, signal: 'SIGINT' | 'SIGTERM'): Promise<readonly number[]> {
  const family = familyOf(child.pid!);
  expect(family.length).toBeGreaterThan(1); // PostgreSQL at least
  child.kill(signal);
  expect(await ended).toBe(0);
  // PostgreSQL's own children may need a moment to be reaped.
  await vi.waitFor(() => expect(family.filter(isAlive)).toEqual([]), { timeout: 10_000 });
  return family.filter(isAlive);
}

// What is left running is read from /proc.
describe.runIf(process.platform === 'linux')('pratique demo', { timeout: 120_000 }, () => {
  it('prints one line with every address, keeps its data, moves on from a taken port, and leaves nothing running', async () => {
    const first = demo();
    const addresses = JSON.parse(await first.line()) as Addresses;
    expect(addresses.people.map(({ role }) => role)).toEqual(['sec_team', 'team_member', 'team_member']);
    const numbers = await Promise.all(addresses.people.map(({ id }) => total(addresses.hub, id)));
    expect(new Set(numbers).size).toBe(3);
    const asSpoke = await fetch(`${addresses.spoke_api}/api/auth/me`, {
      headers: {
        'x-api-key': addresses.spoke_keys[0]!.key,
        'x-forwarded-user': 'somebody',
        'x-forwarded-namespaces': 'payments:harbor-eu',
      },
    });
    expect(await asSpoke.json()).toMatchObject({ id: 'spoke:somebody', role: 'team_member' });
    expect(addresses.databases.app).toMatch(/^postgres:\/\/.*\/app$/);
    expect(addresses.databases.stackrox).toMatch(/cve_reader.*\/central_active$/);
    expect((await fetch(`http://${addresses.registry}/v2/_catalog`)).status).toBe(200);
    expect(addresses.images.map(({ reference }) => reference)).toContain(`${addresses.registry}/shop/web:1.0`);
    expect(await readFile(addresses.signing_key.publicFile, 'utf8')).toContain('PUBLIC KEY');
    expect((await fetch(addresses.gate.metrics)).status).toBe(200);
    expect(await readFile(addresses.api_server.kubeconfig, 'utf8')).toContain('https://127.0.0.1');
    await vi.waitFor(async () => expect(await refused(addresses.hub)).toBeGreaterThan(0), { timeout: 10_000 });
    expect(await stop(first, 'SIGTERM')).toEqual([]);
    expect(first.out().trim().split('\n')).toHaveLength(1);

    // The port is taken by somebody else now.
    const squatter = createServer();
    await new Promise<void>((done) => squatter.listen(0, '127.0.0.1', done));
    const { port } = squatter.address() as AddressInfo;
    const second = demo([], { PORT: String(port) });
    const again = JSON.parse(await second.line()) as Addresses;
    squatter.close();
    expect(Number(new URL(again.hub).port)).toBeGreaterThan(port);
    expect(second.err()).toContain(`Port ${port} is taken`);
    expect(second.err()).not.toContain('building the demo fleet');
    expect(await Promise.all(again.people.map(({ id }) => total(again.hub, id)))).toEqual(numbers);
    expect(await stop(second, 'SIGINT')).toEqual([]);
  });
});
