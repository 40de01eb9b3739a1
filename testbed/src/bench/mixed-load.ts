import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './ask.ts';
import { pathOf, personOf } from './measure-hub.ts';
import type { HubWork } from './measure-hub.ts';
import { pageNames } from './reference-queries.ts';
import { timingOf } from './samples.ts';
import type { Timing } from './samples.ts';
import { scopeKinds } from './scopes.ts';

/** The main thread of the hub, and the people's waiting, while many click at once. */
export interface LoadFigure {
  /** Event-loop delay in milliseconds. */
  readonly loopP99: number;
  readonly loopMax: number;
  readonly answers: Timing;
  readonly perSecond: number;
}

/** People at once, each reading for a moment before the next click. */
const people = 12;
const readingMs = 40;

/**
 * Lets people of all scopes go through all pages for a while. Each page of a team is for namespaces nobody asked for before, so the
 * question threads are kept busy.
 */
export async function measureLoad(work: HubWork): Promise<LoadFigure> {
  const { hub, draw, plan } = work;
  const samples: number[] = [];
  let click = 0;
  const end = performance.now() + plan.mixedLoadMs;
  const live = async (person: number): Promise<void> => {
    const kind = scopeKinds[person % scopeKinds.length]!;
    while (performance.now() < end) {
      click += 1;
      const headers = personOf(kind, draw.pairs(kind, 5000 + click), person);
      const listed = await ask(`${hub.url}/api/cves`, headers);
      samples.push(listed.ms);
      const { items } = JSON.parse(listed.body.toString('utf8')) as { items: readonly { cve_id: string }[] };
      for (const page of pageNames.slice(1)) {
        await sleep(readingMs);
        const cve = items[click % Math.max(1, items.length)]?.cve_id;
        if (cve !== undefined) {
          samples.push((await ask(`${hub.url}${pathOf(page, cve)}`, headers)).ms);
        }
      }
    }
  };
  hub.watchLoop();
  const started = performance.now();
  await Promise.all(Array.from({ length: people }, (_, person) => live(person)));
  const seconds = (performance.now() - started) / 1000;
  const { p99, max } = await hub.loop();
  work.say(
    `mixed load: ${Math.round(samples.length / seconds)} answers a second, event-loop delay p99 ${p99.toFixed(1)} ms`,
  );
  return { loopP99: p99, loopMax: max, answers: timingOf(samples), perSecond: samples.length / seconds };
}
