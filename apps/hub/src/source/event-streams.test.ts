import type { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isFault } from '@pratique/runtime/fault';
import { createEventStreams, type EventStreamOptions } from './event-streams.ts';

let version = 1;
beforeEach(() => {
  version = 1;
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function streams(changes: Partial<EventStreamOptions> = {}) {
  return createEventStreams({
    event: 'source',
    read: () => ({ version }),
    lookMs: 500,
    keepAliveMs: 20_000,
    retrySeconds: 60,
    maxPerIdentity: 2,
    maxOpen: 3,
    ...changes,
  });
}

function read(stream: Readable): string {
  return (stream.read() as Buffer | null)?.toString() ?? '';
}

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'none';
  } catch (error) {
    return isFault(error) ? error.code : 'no fault';
  }
}

describe('an event stream', () => {
  it('tells the present state at once, and nothing while nothing changes', () => {
    const stream = streams().open('ada');
    expect(read(stream)).toBe('event: source\ndata: {"version":1}\n\n');
    vi.advanceTimersByTime(10_000);
    expect(read(stream)).toBe('');
  });

  it('tells every change once, to everybody, also to those who came in between', () => {
    const all = streams();
    const early = all.open('ada');
    read(early);
    version = 2;
    const late = all.open('bob');
    vi.advanceTimersByTime(2_000);
    for (const stream of [early, late]) expect(read(stream)).toBe('event: source\ndata: {"version":2}\n\n');
  });

  it('says something every 20 seconds', () => {
    const stream = streams().open('ada');
    read(stream);
    vi.advanceTimersByTime(40_000);
    expect(read(stream)).toBe(': keep-alive\n\n: keep-alive\n\n');
  });

  it('is refused to whom has too many, and to everybody when the process has', async () => {
    const all = streams();
    const first = all.open('ada');
    all.open('ada');
    expect(codeOf(() => all.open('ada'))).toBe('rate-limited');
    all.open('bob');
    expect(codeOf(() => all.open('carol'))).toBe('overloaded');
    first.destroy();
    await vi.advanceTimersByTimeAsync(0);
    expect([all.size, codeOf(() => all.open('ada'))]).toEqual([2, 'none']);
  });

  it('ends when the server stops, also one opened a moment too late', async () => {
    const all = streams();
    const stream = all.open('ada');
    all.stop();
    const late = all.open('bob');
    for (const one of [stream, late]) {
      read(one);
      one.resume();
    }
    await vi.advanceTimersByTimeAsync(0);
    expect([stream.readableEnded, late.readableEnded, all.size]).toEqual([true, true, 0]);
  });

  it('ends for a reader that does not read', async () => {
    const all = streams();
    const stream = all.open('ada');
    for (let turn = 0; turn < 20_000; turn += 1) {
      version += 1;
      vi.advanceTimersByTime(500);
      if (all.size === 0) break;
    }
    await vi.advanceTimersByTimeAsync(0);
    expect([stream.destroyed, all.size]).toEqual([true, 0]);
  });

  it('leaves no timer behind', async () => {
    const stream = streams().open('ada');
    expect(vi.getTimerCount()).toBe(2);
    stream.destroy();
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
