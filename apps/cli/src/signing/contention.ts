import { setTimeout as pause } from 'node:timers/promises';
import type { Surroundings } from './surroundings.ts';

/** What writers of one tag need from outside to wait for each other. */
export function contention({ signal }: Pick<Surroundings, 'signal'>) {
  return {
    random: Math.random,
    sleep: async (ms: number, waitSignal?: AbortSignal) => {
      await pause(ms, undefined, waitSignal === undefined ? {} : { signal: waitSignal });
    },
    signal,
  };
}
