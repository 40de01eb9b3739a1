/** What the first verdict on an image costs beyond the round trips to its registry that it takes. */
import { createServer, Agent, request } from 'node:http';
import type { ServerResponse } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type { AddressInfo } from 'node:net';
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

interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly accept: string;
}

/** Images that only warm up what is made once: connections, compiled code. */
const warmUps = 8;

/** Judges every image of the world once through a recorder in front of the registry, and repeats its requests barely. */
export async function measureFirst(world: GateWorld): Promise<FirstFigure> {
  await using recorder = await startRecorder(world.registry);
  const gate = await world.startGate();
  const agent = new TlsAgent({ keepAlive: true });
  const bare = new Agent({ keepAlive: true });
  const verdicts: number[] = [];
  const trips: number[] = [];
  let requests = 0;
  for (const [no, name] of world.images.entries()) {
    recorder.recorded.length = 0;
    const image = name.replace(world.registry, recorder.address);
    const answer = await askHttps(`${gate.address}/mutate`, {
      agent,
      ca: world.ca,
      body: reviewBody(`u-${no}`, [image]),
    });
    mustAllow(answer.body);
    const replayed = [...recorder.recorded];
    const begun = performance.now();
    for (const one of replayed) await repeat(recorder.address, one, bare);
    if (no < warmUps) continue;
    trips.push(performance.now() - begun);
    verdicts.push(answer.ms);
    requests = replayed.length;
  }
  agent.destroy();
  bare.destroy();
  await gate.stop();
  return { verdict: timingOf(verdicts), roundTrips: timingOf(trips), requestsPerImage: requests };
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

function repeat(address: string, { method, path, accept }: Recorded, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(`http://${address}${path}`, { method, agent, headers: { accept } }, (answer) => {
      answer.on('end', resolve);
      answer.resume();
    });
    sent.on('error', reject);
    sent.end();
  });
}
