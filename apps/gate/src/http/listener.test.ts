import { createServer, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { createRegistry } from '@pratique/runtime/metrics';
import { expect, it, onTestFinished } from 'vitest';
import { readBody } from './body.ts';
import type { BodyRoom } from './body.ts';
import { createListener } from './listener.ts';

async function listening(mayAsk: boolean): Promise<number> {
  const server = createServer(
    createListener({
      room: { bodyBytes: 1_000, bodiesBytes: 10_000, smallBytes: 0, used: 0 },
      review: async () => ({ state: 'answered', text: '{}' }),
      readiness: () => ({ isReady: true, conditions: {} }),
      metrics: createRegistry(),
      onCall: () => undefined,
      onDefect: () => undefined,
      isDraining: () => false,
      mayAsk: () => mayAsk,
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** What becomes of the connection of a call. */
function connectionOf(port: number, method: string, path: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', connection: 'keep-alive' };
    const call = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      response.resume();
      resolve(response.headers.connection);
      call.destroy();
    });
    call.on('error', reject);
    call.end(method === 'POST' ? '{}' : undefined);
  });
}

it('keeps connections of those who ask for reviews, and of nobody else: their number is limited', async () => {
  const port = await listening(true);
  expect(await connectionOf(port, 'POST', '/mutate')).toBe('keep-alive');
  for (const path of ['/health', '/ready', '/metrics', '/nothing', '/mutate'])
    expect(await connectionOf(port, 'GET', path), path).toBe('close');
  expect(await connectionOf(await listening(false), 'POST', '/mutate')).toBe('close');
});

it('reads usual bodies also while large ones fill the room, and no other', async () => {
  const room: BodyRoom = { bodyBytes: 1_000, bodiesBytes: 1_000, smallBytes: 100, used: 0 };
  const sent = (bytes: number) =>
    Object.assign(new PassThrough().end(Buffer.alloc(bytes)), { headers: {} }) as unknown as IncomingMessage;
  const large = await readBody(sent(1_000), room);
  expect(large.body.state).toBe('read');
  expect((await readBody(sent(101), room)).body.state).toBe('no-room');
  const small = await readBody(sent(100), room);
  expect(small.body.state).toBe('read');
});
