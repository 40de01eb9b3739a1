import { afterEach, describe, expect, it } from 'vitest';
import type { MetricsServer } from './metrics.ts';
import { Counter, createRegistry, Gauge, startMetricsServer } from './metrics.ts';

const running: MetricsServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

async function serve(registry = createRegistry({ labels: { program: 'hub' } })) {
  const server = await startMetricsServer({ port: 0, host: '127.0.0.1', registry });
  running.push(server);
  return { server, registry };
}

describe('the metrics server', () => {
  it('serves the registry at /metrics', async () => {
    const { server, registry } = await serve();
    new Counter({ name: 'scans_total', help: 'Scans.', registers: [registry] }).inc(3);
    const response = await fetch(server.url);
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(await response.text()).toContain('scans_total{program="hub"} 3');
  });

  it('includes numbers of the process only when asked', async () => {
    const names = async (processMetrics: boolean) =>
      (await createRegistry({ processMetrics }).metrics()).includes('process_cpu');
    expect([await names(true), await names(false)]).toEqual([true, false]);
  });

  it('serves nothing else', async () => {
    const { server } = await serve();
    expect((await fetch(server.url.replace('/metrics', '/'))).status).toBe(404);
    expect((await fetch(server.url, { method: 'POST', body: 'x' })).status).toBe(405);
  });

  it('answers 500 rather than half of the numbers when a collector fails', async () => {
    const { server, registry } = await serve();
    const collect = () => {
      throw new Error('hunter2');
    };
    new Gauge({ name: 'broken', help: 'Broken.', registers: [registry], collect });
    const response = await fetch(server.url);
    expect([response.status, await response.text()]).toEqual([500, 'The metrics could not be collected.\n']);
  });

  it('says which port is taken', async () => {
    const { server, registry } = await serve();
    const second = startMetricsServer({ port: server.port, host: '127.0.0.1', registry });
    await expect(second).rejects.toMatchObject({
      code: 'metrics-port-unavailable',
      values: { port: server.port, reason: 'EADDRINUSE' },
    });
  });
});
