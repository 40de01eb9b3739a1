import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { askOnce } from './ask.ts';
import type { FromHub, ToHub } from './hub-messages.ts';

/** The key the bench presents as the spoke of all clusters; it opens nothing but a hub on this machine's loopback. */
export const spokeKey = 'bench-only-key-0123456789';

/** How a hub is started. */
export interface HubRequest {
  readonly appUrl: string;
  readonly centralUrl: string;
  /** Seconds between polls. */
  readonly interval: number;
  /** Folder of the built console, where it is to be served. */
  readonly consoleRoot?: string;
  readonly say: (text: string) => void;
}

type Poll = Extract<FromHub, { type: 'poll' }>;

/** A hub in a process of its own. */
export interface HubProcess {
  readonly url: string;
  /** Milliseconds from the start of the process until the server listened. */
  readonly listeningAfter: number;
  /** `performance.now()` at the start of the process. */
  readonly startedAt: number;
  /** The first poll, past or coming, that fits. */
  poll(fits: (poll: Poll) => boolean): Promise<Poll>;
  /** Forgets the polls so far. */
  forgetPolls(): void;
  watchLoop(): void;
  loop(): Promise<{ readonly p99: number; readonly max: number }>;
  /** Resident bytes of the process with all its threads. */
  memory(): Promise<number>;
  stop(): Promise<void>;
}

/** Kept beside the fleets, for both sides of every comparison of starts: shipped programs are compiled before they start, too. */
const compileCache = fileURLToPath(new URL('../../../.pratique/bench/compiled', import.meta.url));
/** Enough to see what went wrong. */
const maxTroubles = 5;
const patienceMs = 15 * 60_000;

/**
 * Starts a hub as an installation would: dev mode off, spoke keys on, reader on.
 *
 * @throws Error when it ends before it listens, with what it said
 */
export async function startHubProcess(request: HubRequest): Promise<HubProcess> {
  const startedAt = performance.now();
  const child = fork(fileURLToPath(new URL('./hub-entry.ts', import.meta.url)), { env: environment(request) });
  const polls: Poll[] = [];
  const troubles: string[] = [];
  child.on('message', (message: FromHub) => {
    if (message.type === 'poll') polls.push(message);
    if (message.type === 'trouble' && troubles.length < maxTroubles) troubles.push(message.line);
  });
  const gone = once(child, 'exit');
  const told = <T extends FromHub['type']>(type: T): Promise<Extract<FromHub, { type: T }>> =>
    new Promise((resolve, reject) => {
      const receive = (message: FromHub): void => {
        if (message.type !== type) return;
        child.off('message', receive);
        resolve(message as Extract<FromHub, { type: T }>);
      };
      child.on('message', receive);
      void gone.then(() => reject(new Error(`the hub ended before it told "${type}": ${troubles.join(' ')}`)));
    });
  const ask = <T extends 'loop' | 'memory'>(type: T) => {
    const answer = told(type);
    child.send({ type } satisfies ToHub);
    return answer;
  };
  const { url } = await told('listening');
  const listeningAfter = performance.now() - startedAt;
  return {
    url,
    listeningAfter,
    startedAt,
    poll: (fits) => firstPoll(polls, fits, () => troubles),
    forgetPolls: () => void polls.splice(0),
    watchLoop: () => void child.send({ type: 'watch-loop' } satisfies ToHub),
    loop: () => ask('loop'),
    memory: async () => (await ask('memory')).rss,
    async stop() {
      child.send({ type: 'stop' } satisfies ToHub);
      await gone;
      troubles.forEach((line) => request.say(`the hub said: ${line}`));
    },
  };
}

async function firstPoll(
  polls: readonly Poll[],
  fits: (poll: Poll) => boolean,
  troubles: () => string[],
): Promise<Poll> {
  const end = performance.now() + patienceMs;
  while (performance.now() < end) {
    const found = polls.find(fits);
    if (found !== undefined) {
      return found;
    }
    await sleep(5);
  }
  throw new Error(`no such poll within ${patienceMs / 60_000} minutes: ${troubles().join(' ')}`);
}

function environment(request: HubRequest): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    NODE_COMPILE_CACHE: compileCache,
    // Large arrays as mappings of their own: what is let go of goes back to the system at once.
    MALLOC_ARENA_MAX: '2',
    MALLOC_MMAP_THRESHOLD_: '131072',
    HOST: '127.0.0.1',
    PORT: '0',
    APP_DB_URL: request.appUrl,
    STACKROX_DB_URL: request.centralUrl,
    SNAPSHOT_INTERVAL_SECONDS: String(request.interval),
    SPOKE_API_KEYS: spokeKey,
    SECRET_KEY: 'bench-only-secret-0123456789abcdef',
    RATE_LIMIT_PER_SECOND: '0',
    MANAGEMENT_EMAIL: 'management@example.com',
    DEFAULT_ESCALATION_EMAIL: 'owner@example.com',
    ...(request.consoleRoot === undefined ? {} : { BENCH_CONSOLE: request.consoleRoot }),
  };
}

/** Asks until the answer is a success; returns when that was, by `performance.now()`. */
export async function untilAnswered(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const end = performance.now() + patienceMs;
  while (performance.now() < end) {
    const { status } = await askOnce(url, headers);
    if (status === 200) {
      return performance.now();
    }
    await sleep(5);
  }
  throw new Error(`${url} gave no success within ${patienceMs / 60_000} minutes`);
}
