/** The life of a program: start, run until told to stop, stop everything once, and leave with a code that means something. */
import type { RuntimeFaultCode } from './errors.ts';
import { describeFailure } from './failure.ts';
import { Fault } from './fault.ts';
import { withDeadline } from './limit.ts';
import type { Log } from './log.ts';

export { describeFailure, exitCodes } from './failure.ts';
export type { FailureReport } from './failure.ts';

/** Something that runs until it is stopped. */
export interface Running {
  /** Lets go of everything; called once. */
  stop(): Promise<void> | void;
  /** Settles when the program ends by itself; a rejection is its failure. Absent: it runs until told to stop. */
  readonly done?: Promise<unknown>;
}

/** The process as a program sees it; tests give their own. */
export interface ProgramHost {
  /** Calls back for each event; returns how to stop listening. */
  readonly on: (event: HostEvent, listener: (value: unknown) => void) => () => void;
  readonly write: (text: string) => void;
  readonly exit: (code: number) => void;
}

export type HostEvent = 'SIGTERM' | 'SIGINT' | 'uncaughtException' | 'unhandledRejection';

/** What {@link runProgram} needs. */
export interface Program {
  readonly name: string;
  /** Builds the program. Its signal is aborted when the program is told to stop while it is still starting. */
  readonly start: (context: { readonly signal: AbortSignal }) => Promise<Running> | Running;
  readonly log?: Pick<Log, 'info'>;
  /** Milliseconds that stopping may take; default 10,000, well inside the 30 s Kubernetes grants. */
  readonly stopDeadlineMs?: number;
  readonly host?: ProgramHost;
}

/** Exit codes by convention: 128 and the number of the signal. */
const signalCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs a program to its end and leaves the process: with 0 after a clean stop, 1 after a fault (message and hint are
 * printed, no stack), 70 after a bug (with its stack). SIGTERM and SIGINT stop it once, within a deadline; a second
 * signal leaves at once.
 *
 * @returns the exit code, for hosts whose `exit` returns
 *
 * @example
 * await runProgram({ name: 'hub', log, start: () => startHub(config) });
 */
export async function runProgram(program: Program): Promise<number> {
  const host = program.host ?? processHost;
  const stop = new AbortController();
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);
  const release = listen(program, host, stop, broken.reject);
  let code = 0;
  try {
    await Promise.race([live(program, stop), broken.promise]);
  } catch (error) {
    if (!gaveUpAsTold(stop.signal, error)) {
      const report = describeFailure(program.name, error);
      host.write(report.text);
      code = report.exitCode;
    }
  }
  release();
  host.exit(code);
  return code;
}

/** A part of a program and how to let go of it. */
export interface Part {
  readonly name: string;
  /** Waited for when it gives a promise. */
  readonly stop: () => unknown;
}

/**
 * Stops parts in reverse order, as they were built on each other; one that fails does not keep the others running.
 * Entries that are undefined are skipped, so that a half-built program can be stopped with the same list.
 *
 * @throws Fault `stop-incomplete`, after all were tried
 *
 * @example
 * await closeAll([{ name: 'database', stop: () => pool.end() }, { name: 'server', stop: () => server.close() }]);
 */
export async function closeAll(parts: readonly (Part | undefined)[]): Promise<void> {
  const failures: { readonly name: string; readonly error: unknown }[] = [];
  for (const part of parts.toReversed()) {
    if (part === undefined) continue;
    try {
      await part.stop();
    } catch (error) {
      failures.push({ name: part.name, error });
    }
  }
  if (failures.length === 0) return;
  const names = failures.map((failure) => failure.name);
  const errors = failures.map((failure) => failure.error);
  throw new Fault<RuntimeFaultCode>({
    code: 'stop-incomplete',
    message: `These parts failed while stopping: ${names.join(', ')}.`,
    hint: 'Everything else was stopped. The causes say what was left open.',
    values: { parts: names },
    cause: errors.length === 1 ? errors[0] : new AggregateError(errors, ''),
  });
}

async function live(program: Program, stop: AbortController): Promise<void> {
  const { name, log, stopDeadlineMs = 10_000 } = program;
  const told = whenAborted(stop.signal);
  const starting = Promise.resolve(program.start({ signal: stop.signal }));
  // Told to stop while starting: the start gets the same time to give up as a stop would.
  await Promise.race([starting, told]);
  const running = stop.signal.aborted
    ? await withDeadline(starting, { ms: stopDeadlineMs, what: `the start of ${name}, which was told to stop,` })
    : await starting;
  const end = () => withDeadline(async () => running.stop(), { ms: stopDeadlineMs, what: `stopping ${name}` });
  log?.info({ program: name }, 'started');
  try {
    await Promise.race(running.done === undefined ? [told] : [told, running.done]);
  } catch (error) {
    // The failure that ended the program is the one to tell; that stopping failed too is its consequence.
    await end().catch(() => undefined);
    throw error;
  }
  log?.info({ program: name, reason: stop.signal.aborted ? messageOf(stop.signal.reason) : 'done' }, 'stopping');
  await end();
  log?.info({ program: name }, 'stopped');
}

function listen(
  program: Program,
  host: ProgramHost,
  stop: AbortController,
  fail: (error: unknown) => void,
): () => void {
  const onSignal = (signal: 'SIGTERM' | 'SIGINT') => () => {
    if (!stop.signal.aborted) return stop.abort(new DOMException(`told to stop by ${signal}`, 'AbortError'));
    host.write(`${program.name}: told to stop again, leaving at once.\n`);
    host.exit(signalCodes[signal]);
  };
  const releases = [
    host.on('SIGTERM', onSignal('SIGTERM')),
    host.on('SIGINT', onSignal('SIGINT')),
    host.on('uncaughtException', fail),
    host.on('unhandledRejection', fail),
  ];
  return () => {
    for (const release of releases) release();
  };
}

// A start that ends because its signal was aborted did what it was told.
function gaveUpAsTold(signal: AbortSignal, error: unknown): boolean {
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'));
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

const processHost: ProgramHost = {
  on(event, listener) {
    process.on(event, listener);
    return () => void process.off(event, listener);
  },
  write: (text) => void process.stderr.write(text),
  exit: (code) => process.exit(code),
};
