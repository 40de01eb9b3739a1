/** What the first verdict on an image costs beyond the round trips to its registry that it takes. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, Agent, request } from 'node:http';
import type { ServerResponse } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { reviewBody } from './gate-body.ts';
import { askHttps } from './gate-load.ts';
import type { GateWorld } from './gate-world.ts';
import { timingOf } from './samples.ts';
import type { Timing } from './samples.ts';

/** Milliseconds. */
export interface FirstFigure {
  readonly verdict: Timing;
  /** The same requests to the registry, one after the other, over a kept connection and with nothing done to the answers. */
  readonly roundTrips: Timing;
  readonly requestsPerImage: number;
}

/** A request to the registry. */
export interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly accept: string;
}

/** Images that only warm up what is made once: connections, compiled code. Both sides get them. */
const warmUps = 30;

/**
 * Judges every image of the world twice with gates that know none: through a recorder in front of the registry, to learn what is
 * asked, and then directly, against a bare client in a process of its own that repeats just that.
 */
export async function measureFirst(world: GateWorld): Promise<FirstFigure> {
  const asked = await recordAll(world);
  const gate = await world.startGate();
  const replay = fork(fileURLToPath(new URL('./gate-replay-entry.ts', import.meta.url)));
  const agent = new TlsAgent({ keepAlive: true });
  const verdicts: number[] = [];
  const trips: number[] = [];
  for (const [no, image] of world.images.entries()) {
    const body = reviewBody(`u-${no}`, [image]);
    const answer = await askHttps(`${gate.address}/mutate`, { agent, ca: world.ca, body });
    mustAllow(answer.body);
    replay.send({ address: world.registry, requests: asked[no] ?? [] });
    const [{ ms }] = (await once(replay, 'message')) as [{ readonly ms: number }];
    if (no < warmUps) continue;
    verdicts.push(answer.ms);
    trips.push(ms);
  }
  agent.destroy();
  replay.disconnect();
  await gate.stop();
  return { verdict: timingOf(verdicts), roundTrips: timingOf(trips), requestsPerImage: asked.at(-1)?.length ?? 0 };
}

/** What a gate asks the registry about each image. */
async function recordAll(world: GateWorld): Promise<readonly (readonly Recorded[])[]> {
  await using recorder = await startRecorder(world.registry);
  const gate = await world.startGate();
  const agent = new TlsAgent({ keepAlive: true });
  const asked: (readonly Recorded[])[] = [];
  for (const [no, name] of world.images.entries()) {
    recorder.recorded.length = 0;
    const image = name.replace(world.registry, recorder.address);
    const answer = await askHttps(`${gate.address}/mutate`, {
      agent,
      ca: world.ca,
      body: reviewBody(`u-${no}`, [image]),
    });
    mustAllow(answer.body);
    asked.push([...recorder.recorded]);
  }
  agent.destroy();
  await gate.stop();
  return asked;
}

/** @throws Error with the answer, where it is not an admission */
export function mustAllow(body: Buffer): void {
  if (!body.includes('"allowed":true')) throw new Error(`the gate refused: ${body.toString('utf8', 0, 2_000)}`);
}

/** An HTTP server in front of a registry that writes down what it is asked. */
async function startRecorder(registry: string) {
  const recorded: Recorded[] = [];
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, response) => {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const one = { method, path, accept: headers.accept ?? '*/*' };
    recorded.push(one);
    forward(registry, agent, one, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    recorded,
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function forward(registry: string, agent: Agent, { method, path, accept }: Recorded, response: ServerResponse): void {
  const sent = request(`http://${registry}${path}`, { method, agent, headers: { accept } }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  sent.on('error', () => response.destroy());
  sent.end();
}
