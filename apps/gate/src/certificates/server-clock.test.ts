import { describe, expect, it } from 'vitest';
import { noon } from './state-fixture.ts';
import { ServerClock } from './server-clock.ts';

const hour = 3_600_000;

describe('the clock of the API server', () => {
  it('is this replica’s where they differ by less than certificates forgive', () => {
    const clock = new ServerClock(() => noon + 60_000);
    clock.notice(undefined, written(noon));
    expect(clock).toMatchObject({ skewMs: 0, isConfirmed: true });
    expect(clock.now()).toBe(noon + 60_000);
  });

  it.each([5 * hour, -5 * hour])('corrects this replica’s where it is %i ms ahead', (ahead) => {
    const clock = new ServerClock(() => noon + ahead);
    clock.notice(undefined, written(noon));
    expect(clock.skewMs).toBe(ahead);
    expect(clock.now()).toBe(noon);
  });

  it('learns nothing from an object whose time a write did not renew', () => {
    const clock = new ServerClock(() => noon);
    clock.notice(written(noon - 5 * hour), written(noon - 5 * hour));
    clock.notice(undefined, { metadata: {} });
    clock.notice({ metadata: {} }, written(noon - 5 * hour));
    clock.notice(undefined, { metadata: { creationTimestamp: 'yesterday' } });
    expect(clock).toMatchObject({ skewMs: 0, isConfirmed: false });
  });

  it('takes the newest time of those who wrote', () => {
    const managedFields = [{ time: iso(noon - hour) }, { time: iso(noon) }, null, { time: 5 }];
    const clock = new ServerClock(() => noon + 2 * hour);
    const metadata = { creationTimestamp: iso(noon - 9 * hour), managedFields };
    clock.notice(written(noon - 9 * hour), { metadata });
    expect(clock.now()).toBe(noon);
  });
});

function written(at: number) {
  return { metadata: { creationTimestamp: iso(at) } };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
