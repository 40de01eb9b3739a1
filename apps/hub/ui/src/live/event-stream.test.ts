import fc from 'fast-check';
import type { SourceEvent } from '@pratique/hub/contract';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DrivenEventSource } from '../testing/event-source.ts';
import { listen, readSourceEvent, retryDelay } from './event-stream.ts';

const event: SourceEvent = { version: 8, state: 'current', data_as_of: '2026-11-21T14:03:00Z' };

beforeEach(() => {
  DrivenEventSource.opened = [];
  vi.stubGlobal('EventSource', DrivenEventSource);
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function heard(): { readonly events: SourceEvent[]; readonly states: boolean[]; readonly stop: () => void } {
  const [events, states]: [SourceEvent[], boolean[]] = [[], []];
  const stop = listen({
    url: '/api/events',
    onSource: (one) => events.push(one),
    onOpen: (isOpen) => states.push(isOpen),
    random: () => 1,
  });
  return { events, states, stop };
}

describe('the events of the hub', () => {
  it('arrive as they are said', () => {
    const { events, states } = heard();
    DrivenEventSource.last?.accept();
    DrivenEventSource.last?.say('source', event);
    expect(events).toEqual([event]);
    expect(states).toEqual([true]);
  });

  it('are listened to again after a break, each time more patiently, and at once eager again after a success', () => {
    const { states } = heard();
    for (const wait of [1000, 2000, 4000]) {
      const before = DrivenEventSource.opened.length;
      DrivenEventSource.last?.fail();
      expect(DrivenEventSource.last?.isClosed).toBe(true);
      vi.advanceTimersByTime(wait - 1);
      expect(DrivenEventSource.opened).toHaveLength(before);
      vi.advanceTimersByTime(1);
      expect(DrivenEventSource.opened).toHaveLength(before + 1);
    }
    DrivenEventSource.last?.accept();
    DrivenEventSource.last?.fail();
    vi.advanceTimersByTime(1000);
    expect(DrivenEventSource.opened).toHaveLength(5);
    expect(states).toEqual([false, false, false, true, false]);
  });

  it('end when nobody listens any more, also in the pause before another try', () => {
    const { stop } = heard();
    DrivenEventSource.last?.fail();
    stop();
    vi.advanceTimersByTime(120_000);
    expect(DrivenEventSource.opened).toHaveLength(1);
  });

  it.each(['', 'nonsense', '[]', '{"version":"8"}', '{"version":1.5,"state":"current","data_as_of":null}', null, 7])(
    'that are none are not believed: %s',
    (data) => {
      expect(readSourceEvent(data)).toBeNull();
    },
  );

  it('are read without throwing, whatever arrives', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (data) => {
        const read = readSourceEvent(data);
        expect(read === null || Number.isInteger(read.version)).toBe(true);
      }),
    );
  });

  it('are retried within a minute, and never all consoles at once', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.double({ min: 0, max: 1, noNaN: true }), (failures, chance) => {
        const wait = retryDelay(failures, 1000, chance);
        expect(wait).toBeGreaterThanOrEqual(500);
        expect(wait).toBeLessThanOrEqual(60_000);
      }),
    );
    expect(retryDelay(3, 1000, 0)).not.toBe(retryDelay(3, 1000, 1));
  });
});
