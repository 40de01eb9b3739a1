/** What many reviews at once do to a gate: memory, dropped reviews, and how often the registry is asked. */
import { Agent } from 'node:https';
import { mustAllow } from './gate-first.ts';
import { reviewBody } from './gate-body.ts';
import { askHttps, runLoad } from './gate-load.ts';
import type { LoadFigure } from './gate-load.ts';
import type { GateWorld } from './gate-world.ts';
import { timingOf } from './samples.ts';
import type { Timing } from './samples.ts';

/** Bytes and milliseconds. */
export interface BurstFigure {
  readonly reviews: number;
  readonly answered: number;
  readonly idle: number;
  readonly peak: number;
  readonly time: number;
}

/** All images of the world at the same moment, each in a review of its own, against a gate that knows none. */
export async function measureBurst(world: GateWorld): Promise<BurstFigure> {
  const gate = await world.startGate();
  const { now: idle } = gate.memory();
  const agent = new Agent({ keepAlive: true, maxSockets: world.images.length });
  const begun = performance.now();
  const answers = await Promise.allSettled(
    world.images.map(async (image, no) => {
      const body = reviewBody(`u-${no}`, [image]);
      const answer = await askHttps(`${gate.address}/mutate?timeout=30s`, { agent, ca: world.ca, body });
      mustAllow(answer.body);
    }),
  );
  const time = performance.now() - begun;
  agent.destroy();
  const { peak } = gate.memory();
  await gate.stop();
  const answered = answers.filter(({ status }) => status === 'fulfilled').length;
  return { reviews: world.images.length, answered, idle, peak, time };
}

/** One pod of eight containers with one image, first and again. */
export interface ContainersFigure {
  readonly first: number;
  readonly again: Timing;
}

/** Eight containers, one image. */
export async function measureContainers(world: GateWorld): Promise<ContainersFigure> {
  const gate = await world.startGate();
  const agent = new Agent({ keepAlive: true });
  const body = reviewBody(
    'u-1',
    Array.from({ length: 8 }, () => world.images[0] ?? ''),
  );
  const samples: number[] = [];
  for (let no = 0; no <= 200; no += 1) {
    const answer = await askHttps(`${gate.address}/mutate`, { agent, ca: world.ca, body });
    mustAllow(answer.body);
    samples.push(answer.ms);
  }
  agent.destroy();
  await gate.stop();
  return { first: samples[0] ?? Number.NaN, again: timingOf(samples.slice(1)) };
}

/** Many reviews of few images. */
export interface LongRunFigure extends LoadFigure {
  readonly images: number;
  readonly memory: number;
}

/** So many reviews of a hundred images from fifty clients, beginning with a gate that knows none. */
export async function measureLongRun(world: GateWorld, requests: number): Promise<LongRunFigure> {
  const gate = await world.startGate();
  const images = world.images.slice(0, 100);
  const bodies = images.map((image, no) => reviewBody(`u-${no}`, [image]));
  const figure = await runLoad({
    url: `${gate.address}/mutate`,
    ca: world.ca,
    body: (no) => bodies[no % bodies.length] ?? Buffer.alloc(0),
    clients: 50,
    requests,
    check: (_status, body) => mustAllow(body),
  });
  const { peak } = gate.memory();
  await gate.stop();
  return { ...figure, images: images.length, memory: peak };
}
