/** Verdicts that are known already, against a bare HTTPS echo of the same body. */
import { reviewBody } from './gate-body.ts';
import { mustAllow } from './gate-first.ts';
import { runLoad } from './gate-load.ts';
import type { LoadFigure } from './gate-load.ts';
import type { GateWorld } from './gate-world.ts';

/** All rounds of both, in the order they ran. */
export interface CachedFigure {
  readonly clients: number;
  readonly gate: readonly LoadFigure[];
  readonly echo: readonly LoadFigure[];
}

/** How much. */
export interface CachedPlan {
  readonly clients: readonly number[];
  readonly requests: number;
  /** Rounds in turn, so that a noisy moment meets both sides. */
  readonly rounds: number;
}

/** Measures each number of clients. The cache holds for an hour, so that nothing is looked up meanwhile. */
export async function measureCached(
  world: GateWorld,
  { clients, requests, rounds }: CachedPlan,
  say: (text: string) => void,
): Promise<readonly CachedFigure[]> {
  const gate = await world.startGate({ env: { CACHE_EXPIRY_SECONDS: '3600' } });
  const image = world.images[0] ?? '';
  const body = reviewBody('0b7a3c1e-5f0e-4b21-9c55-0d8f0c6f3a11', [image]);
  const ask = (url: string, count: number, isGate: boolean, total = requests): Promise<LoadFigure> =>
    runLoad({
      url,
      ca: world.ca,
      body: () => body,
      clients: count,
      requests: Math.max(total, count * 4),
      ...(isGate ? { check: (_status: number, answer: Buffer) => mustAllow(answer) } : {}),
    });
  const gateUrl = `${gate.address}/mutate?timeout=30s`;
  const echoUrl = world.echo.address;
  say(`warming up; a body has ${body.length} bytes`);
  for (const [url, isGate] of [
    [gateUrl, true],
    [echoUrl, false],
  ] as const)
    await ask(url, 50, isGate, 3_000);
  const figures: CachedFigure[] = [];
  for (const count of clients) {
    const of = { gate: [] as LoadFigure[], echo: [] as LoadFigure[] };
    for (let round = 0; round < rounds; round += 1) {
      of.echo.push(await ask(echoUrl, count, false));
      of.gate.push(await ask(gateUrl, count, true));
    }
    say(`${count} clients: gate ${ms(of.gate)}, echo ${ms(of.echo)}`);
    figures.push({ clients: count, ...of });
  }
  await gate.stop();
  return figures;
}

/** The median over rounds. */
export function overRounds(figures: readonly LoadFigure[], value: (figure: LoadFigure) => number): number {
  const sorted = figures.map(value).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function ms(figures: readonly LoadFigure[]): string {
  const at = (value: (figure: LoadFigure) => number): string => overRounds(figures, value).toFixed(2);
  return `p50 ${at(({ p50 }) => p50)} p99 ${at(({ p99 }) => p99)} ms, ${Math.round(overRounds(figures, ({ perSecond }) => perSecond))}/s`;
}
