import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Fault } from './fault.ts';
import type { HostEvent, Program, ProgramHost } from './serve.ts';
import { closeAll, describeFailure, runProgram } from './serve.ts';

interface StagedHost extends ProgramHost {
  readonly emit: (event: HostEvent, value?: unknown) => void;
  readonly codes: number[];
  readonly text: () => string;
  readonly listeners: () => number;
}

function stagedHost(): StagedHost {
  const listening = new Set<readonly [HostEvent, (value: unknown) => void]>();
  const codes: number[] = [];
  let written = '';
  return {
    on(event, listener) {
      const entry = [event, listener] as const;
      listening.add(entry);
      return () => void listening.delete(entry);
    },
    write: (text) => void (written += text),
    exit: (code) => void codes.push(code),
    emit: (event, value) => {
      for (const [wanted, listener] of listening) if (wanted === event) listener(value);
    },
    codes,
    text: () => written,
    listeners: () => listening.size,
  };
}

function staged(program: Partial<Program>) {
  const host = stagedHost();
  const started = Promise.withResolvers<void>();
  const log = { info: (_fields: unknown, message?: string) => message === 'started' && started.resolve() };
  const ended = runProgram({ name: 'hub', start: () => ({ stop() {} }), host, log: log as never, ...program });
  return { host, ended, started: started.promise };
}

describe('a program', () => {
  it('stops once on SIGTERM and leaves with 0', async () => {
    let stops = 0;
    const { host, ended, started } = staged({ start: () => ({ stop: () => void (stops += 1) }) });
    await started;
    host.emit('SIGTERM');
    expect(await ended).toBe(0);
    expect([stops, host.codes, host.text(), host.listeners()]).toEqual([1, [0], '', 0]);
  });

  it('leaves at once on a second signal', async () => {
    const stopping = Promise.withResolvers<void>();
    const { host, ended, started } = staged({ start: () => ({ stop: () => stopping.promise }) });
    await started;
    host.emit('SIGINT');
    host.emit('SIGINT');
    expect(host.codes).toEqual([130]);
    stopping.resolve();
    await ended;
  });

  it('gives up a stop that hangs', async () => {
    const { host, ended, started } = staged({
      start: () => ({ stop: () => new Promise(() => {}) }),
      stopDeadlineMs: 1,
    });
    await started;
    host.emit('SIGTERM');
    expect(await ended).toBe(1);
    expect(host.text()).toContain('Stopping hub took longer than the 1 ms allowed.');
  });

  it('is told to stop while it is still starting', async () => {
    const start: Program['start'] = ({ signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const { host, ended } = staged({ start });
    host.emit('SIGTERM');
    expect(await ended).toBe(0);
    expect(host.text()).toBe('');
  });

  it('is stopped when its start ends after it was told to stop', async () => {
    let stopped = false;
    const start: Program['start'] = ({ signal }) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve({ stop: () => void (stopped = true) })));
    const { host, ended } = staged({ start });
    host.emit('SIGTERM');
    expect(await ended).toBe(0);
    expect(stopped).toBe(true);
  });

  it('prints the message, the causes and the next step of a fault, never a stack', async () => {
    const cause = new Error('connect ECONNREFUSED postgres://app:hunter2@db/hub');
    const start = () => {
      throw new Fault({ code: 'database-away', message: 'No database.', hint: 'Start it.', cause });
    };
    const { host, ended } = staged({ start });
    expect(await ended).toBe(1);
    expect(host.text()).toBe(
      'hub: No database.\n  Because: connect ECONNREFUSED postgres://app:***@db/hub\n  What to do: Start it.\n  Code: database-away\n',
    );
  });

  it('prints the stack of a bug and leaves with 70', async () => {
    const { host, ended } = staged({ start: async () => JSON.parse('{') });
    expect(await ended).toBe(70);
    expect(host.text()).toMatch(/a bug in this program[\s\S]+ at /);
  });

  it('leaves with 70 when a promise nobody waited for is rejected', async () => {
    const { host, ended, started } = staged({});
    await started;
    host.emit('unhandledRejection', new TypeError('forgotten'));
    expect(await ended).toBe(70);
    expect(host.text()).toContain('forgotten');
  });

  it('stops when it is done by itself, and still stops when it fails by itself', async () => {
    let stops = 0;
    const stop = () => void (stops += 1);
    expect(await staged({ start: () => ({ stop, done: Promise.resolve() }) }).ended).toBe(0);
    const fault = new Fault({ code: 'lost', message: 'Lost.', hint: 'Find it.' });
    expect(await staged({ start: () => ({ stop, done: Promise.reject(fault) }) }).ended).toBe(1);
    expect(stops).toBe(2);
  });
});

describe('a program in a process of its own', () => {
  it('stops cleanly on a real SIGTERM', async () => {
    const serve = new URL('./serve.ts', import.meta.url).href;
    const source = `
      import { runProgram } from ${JSON.stringify(serve)};
      await runProgram({ name: 'child', start() {
        const timer = setInterval(() => {}, 1000);
        process.stdout.write('up\\n');
        return { stop() { clearInterval(timer); process.stdout.write('down\\n'); } };
      } });`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    for await (const chunk of child.stdout) {
      out += String(chunk);
      if (out === 'up\n') child.kill('SIGTERM');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    expect([out, child.exitCode, child.signalCode]).toEqual(['up\ndown\n', 0, null]);
  });
});

describe('closing all parts', () => {
  it('goes in reverse order and goes on after a failure', async () => {
    const order: string[] = [];
    const part = (name: string, fails = false) => ({
      name,
      stop: async () => {
        order.push(name);
        if (fails) throw new Error(`${name} broke`);
      },
    });
    const closing = closeAll([part('first'), undefined, part('second', true), part('third', true)]);
    const fault = await closing.catch((error: unknown) => error);
    expect(order).toEqual(['third', 'second', 'first']);
    expect(fault).toMatchObject({ code: 'stop-incomplete', values: { parts: ['third', 'second'] } });
    expect(describeFailure('hub', fault).text).toContain('Because: second broke');
  });
});
