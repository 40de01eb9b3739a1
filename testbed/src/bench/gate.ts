import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Output } from './desk.ts';
import { measureCached, overRounds } from './gate-cached.ts';
import type { CachedFigure } from './gate-cached.ts';
import { measureFirst } from './gate-first.ts';
import type { FirstFigure } from './gate-first.ts';
import { measureBurst, measureContainers, measureLongRun } from './gate-memory.ts';
import type { BurstFigure, ContainersFigure, LongRunFigure } from './gate-memory.ts';
import { bringUp } from './gate-world.ts';

/** What `npm run bench -- gate --help` prints. */
export const gateHelp = `npm run bench -- gate [options]

Measures the shipped admission webhook in a process of its own: verdicts that are known against a bare HTTPS echo of the same
body, first verdicts against the round trips to the registry they take, and memory under many reviews at once.

  --clients LIST   numbers of clients for known verdicts (1,50,200,500)
  --requests N     requests per round and number of clients (10000)
  --rounds N       rounds of gate and echo in turn (5)
  --images N       images of first verdicts and of the burst (200)
  --reviews N      reviews of a hundred images in the long run (10000)
  --json FILE      writes everything measured
  --strict         ends with 1 when a bar is missed

Exit codes: 0 measured, 1 a bar was missed (--strict only) or the measuring failed, 2 wrong use.
Example: npm run bench -- gate --clients 50 --requests 2000 --rounds 3
`;

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** The bars of the design, section 6. */
const maxCachedRatio = 2;
const judgedClients: readonly number[] = [50, 200];
const maxFirstRatio = 1.5;
const maxBurstBytes = 192 * 2 ** 20;

interface Measured {
  readonly cached: readonly CachedFigure[];
  readonly first: FirstFigure;
  readonly burst: BurstFigure;
  readonly containers: ContainersFigure;
  readonly longRun: LongRunFigure;
}

interface Line {
  readonly what: string;
  readonly measured: string;
  readonly bar: string;
  readonly isMet?: boolean;
}

/** Runs the command; returns its exit code. */
export async function runGate(args: readonly string[], { out, say }: Output): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      clients: { type: 'string', default: '1,50,200,500' },
      requests: { type: 'string', default: '10000' },
      rounds: { type: 'string', default: '5' },
      images: { type: 'string', default: '200' },
      reviews: { type: 'string', default: '10000' },
      json: { type: 'string' },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    out(gateHelp);
    return 0;
  }
  const clients = values.clients.split(',').map(Number);
  const [requests, rounds, images, reviews] = [values.requests, values.rounds, values.images, values.reviews].map(
    Number,
  );
  if (
    ![...clients, requests, rounds, images, reviews].every((number) => Number.isInteger(number) && Number(number) > 0)
  ) {
    say('--clients, --requests, --rounds, --images and --reviews take positive whole numbers.');
    return 2;
  }
  const plan = { clients, requests: Number(requests), rounds: Number(rounds) };
  const measured = await measureAll(plan, { images: Number(images), reviews: Number(reviews) }, say);
  const lines = linesOf(measured);
  out(`${table(lines)}\n`);
  if (values.json !== undefined) {
    await writeFile(values.json, JSON.stringify({ node: process.version, plan, ...measured, lines }, null, 1));
  }
  return values.strict && lines.some(({ isMet }) => isMet === false) ? 1 : 0;
}

async function measureAll(
  plan: Parameters<typeof measureCached>[1],
  { images, reviews }: { readonly images: number; readonly reviews: number },
  say: (text: string) => void,
): Promise<Measured> {
  await using world = await bringUp(shippedCommand(say), images, say);
  say('first verdicts');
  const first = await measureFirst(world);
  say('many images at once');
  const burst = await measureBurst(world);
  say('eight containers, one image');
  const containers = await measureContainers(world);
  say('a long run');
  const longRun = await measureLongRun(world, reviews);
  return { first, burst, containers, longRun, cached: await measureCached(world, plan, say) };
}

/** What is shipped is what clusters run, so it is built first. */
function shippedCommand(say: (text: string) => void): string {
  say('building the command');
  const build = spawnSync(process.execPath, ['tools/run.mjs', 'build'], { cwd: root, encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`the build failed: ${build.stderr}${build.stdout}`);
  return fileURLToPath(new URL('dist/pratique.mjs', `file://${root}`));
}

function linesOf({ cached, first, burst, containers, longRun }: Measured): readonly Line[] {
  const { verdict, roundTrips, requestsPerImage } = first;
  const ratio = verdict.median / roundTrips.median;
  return [
    ...cached.map(cachedLine),
    {
      what: `first verdict of an image against its ${requestsPerImage} registry round trips`,
      measured: `${ratio.toFixed(2)} × (${verdict.median.toFixed(1)} / ${roundTrips.median.toFixed(1)} ms)`,
      bar: `≤ ${maxFirstRatio} ×`,
      isMet: ratio <= maxFirstRatio,
    },
    {
      what: `memory under ${burst.reviews} parallel reviews of ${burst.reviews} images`,
      measured: `${mebibytes(burst.peak)} at most, ${mebibytes(burst.idle)} before; ${burst.answered} answered in ${(burst.time / 1000).toFixed(1)} s`,
      bar: `≤ ${mebibytes(maxBurstBytes)}, none dropped`,
      isMet: burst.peak <= maxBurstBytes && burst.answered === burst.reviews,
    },
    {
      what: 'eight containers with one image: first, again',
      measured: `${containers.first.toFixed(1)} ms, ${containers.again.median.toFixed(2)} ms`,
      bar: '–',
    },
    {
      what: `${longRun.answers} reviews of ${longRun.images} images, 50 clients`,
      measured: `${Math.round(longRun.perSecond)}/s, p99 ${longRun.p99.toFixed(1)} ms, ${mebibytes(longRun.memory)}`,
      bar: '–',
    },
  ];
}

function cachedLine({ clients, gate, echo }: CachedFigure): Line {
  const ours = overRounds(gate, ({ p99 }) => p99);
  const bare = overRounds(echo, ({ p99 }) => p99);
  const ratio = ours / bare;
  const isJudged = judgedClients.includes(clients);
  const rates = [gate, echo].map((side) => Math.round(overRounds(side, ({ perSecond }) => perSecond))).join(' / ');
  return {
    what: `known verdict, ${clients} clients, p99 against an HTTPS echo`,
    measured: `${ratio.toFixed(2)} × (${ours.toFixed(2)} / ${bare.toFixed(2)} ms; ${rates} per second)`,
    bar: isJudged ? `≤ ${maxCachedRatio} ×` : '–',
    ...(isJudged ? { isMet: ratio <= maxCachedRatio } : {}),
  };
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

function table(lines: readonly Line[]): string {
  const rows = lines.map(({ what, measured, bar, isMet }) => {
    const verdict = isMet === undefined ? '' : isMet ? 'met' : 'missed';
    return `| ${what} | ${measured} | ${bar} | ${verdict} |`;
  });
  return ['| what | measured | bar | |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
