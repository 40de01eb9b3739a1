import { setTimeout as sleep } from 'node:timers/promises';
import { startHubProcess, untilAnswered } from './hub-process.ts';
import type { HubRequest } from './hub-process.ts';
import { untilLoaded } from './measure-hub.ts';
import { timingOf } from './samples.ts';
import type { Timing } from './samples.ts';

/** From the start of a process. */
export interface StartFigure {
  /** Until the server listened. */
  readonly listening: Timing;
  /** Until `/ready` said that both databases can be used. */
  readonly ready: Timing;
  /** Until the list was answered; null where there is nothing to read: nobody may be told that nothing was found there. */
  readonly firstAnswer: Timing | null;
  /** Resident bytes some seconds later, the largest of all starts. */
  readonly memory: number;
}

/** The reader looks once right after the start; no second time while this is measured. */
const interval = 3_600;
/** Long enough for the first poll to be over and for what only loading needed to be given back, as after a first poll. */
const settleMs = 12_000;

/** What to start. */
export interface StartsWanted {
  readonly starts: number;
  /** Whether the databases hold findings, or are both empty. */
  readonly holds: 'findings' | 'nothing';
  /** Called before each start. */
  readonly fresh?: () => Promise<void>;
}

/** Starts a hub several times. */
export async function measureStarts(
  request: Omit<HubRequest, 'interval'>,
  { starts, holds, fresh }: StartsWanted,
): Promise<StartFigure> {
  const found = { listening: [] as number[], ready: [] as number[], firstAnswer: [] as number[] };
  let memory = 0;
  for (let no = 0; no < starts; no += 1) {
    await fresh?.();
    const hub = await startHubProcess({ ...request, interval });
    const ready = untilAnswered(`${hub.url}/ready`, {});
    const answered = holds === 'findings' ? untilLoaded(hub) : null;
    found.listening.push(hub.listeningAfter);
    found.ready.push((await ready) - hub.startedAt);
    if (answered !== null) {
      found.firstAnswer.push((await answered) - hub.startedAt);
    }
    await sleep(settleMs);
    memory = Math.max(memory, await hub.memory());
    await hub.stop();
  }
  const { listening, ready, firstAnswer } = found;
  return {
    listening: timingOf(listening),
    ready: timingOf(ready),
    firstAnswer: firstAnswer.length === 0 ? null : timingOf(firstAnswer),
    memory,
  };
}
