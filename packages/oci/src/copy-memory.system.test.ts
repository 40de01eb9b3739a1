import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('a large image is copied without being held in memory', { timeout: 120_000 }, async () => {
  let received = 0;
  // Takes everything and keeps nothing.
  const sink = createServer((request, response) => {
    request.on('data', (piece: Buffer) => (received += piece.byteLength));
    request.on('end', () => {
      const status = { HEAD: 404, GET: 404, POST: 202 }[request.method ?? ''] ?? 201;
      const body = request.method === 'GET' ? '{"errors":[]}' : undefined;
      response.writeHead(status, { location: '/v2/team/app/blobs/uploads/1' }).end(body);
    });
  });
  sink.listen(0, '127.0.0.1');
  await once(sink, 'listening');
  try {
    const program = fileURLToPath(new URL('./copy-memory-fixture.ts', import.meta.url));
    const host = `127.0.0.1:${(sink.address() as AddressInfo).port}`;
    const { stdout } = await promisify(execFile)(process.execPath, [program, host, '512']);
    const { bytes, growth } = JSON.parse(stdout) as { bytes: number; growth: number };
    expect(bytes).toBe(512 * 1024 ** 2 + 2);
    expect(received).toBeGreaterThanOrEqual(bytes);
    // MiB: one layer alone has 256, so holding any of them would show; what is left is garbage waiting for its collection.
    expect(growth).toBeLessThan(192);
  } finally {
    sink.closeAllConnections();
    sink.close();
  }
});
