import { createRegistry } from '@pratique/runtime/metrics';
import { expect, it } from 'vitest';
import { measureGate } from './measure.ts';

it('counts registries of strangers in few series, whatever they are called and answer', async () => {
  const measured = measureGate(createRegistry(), { certificate: () => undefined, sigstoreRootAge: () => undefined });
  for (const code of ['ok', '404', '429', '503', 'registry-timeout'])
    measured.onRegistryRequest({ host: 'reg.example', code, ms: 1 });
  for (let at = 100; at < 1_000; at += 1) measured.onRegistryRequest({ host: 'reg.example', code: String(at), ms: 1 });
  for (let at = 0; at < 1_000; at += 1) measured.onRegistryRequest({ host: `${at}.example`, code: 'ok', ms: 1 });
  const found = await measured.registry.getSingleMetric('connaisseur_registry_request_duration_seconds')?.get();
  const labelled = (found?.values ?? []).map(({ labels }) => labels as Readonly<Record<string, string>>);
  const codes = new Set(labelled.map(({ code }) => code));
  expect([...codes]).toEqual(expect.arrayContaining(['ok', '404', '429', '503', 'registry-timeout', '4xx', 'other']));
  expect(codes.size).toBeLessThan(30);
  expect(new Set(labelled.map(({ host }) => host)).size).toBeLessThan(202);
});
