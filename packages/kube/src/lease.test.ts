import { describe, expect, it } from 'vitest';
import { kubeFault } from './errors.ts';
import { createLease } from './lease.ts';
import type { LeaseStore } from './lease.ts';
import type { KubeObject } from './object.ts';

function world() {
  let kept: KubeObject | undefined;
  let version = 0;
  let away = false;
  let time = Date.parse('2026-01-01T00:00:00Z');
  const write = (object: KubeObject): KubeObject => {
    version += 1;
    kept = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    return kept;
  };
  const store: LeaseStore = {
    async get() {
      if (away) throw kubeFault({ code: 'api-unreachable', message: 'away', hint: 'wait' });
      return kept;
    },
    async create(_, object) {
      if (kept !== undefined) throw kubeFault({ code: 'api-already-exists', message: 'there', hint: 'read' });
      return write(object);
    },
    async update(_, object) {
      if (object.metadata.resourceVersion !== kept?.metadata.resourceVersion)
        throw kubeFault({ code: 'api-conflict', message: 'newer', hint: 'read' });
      return write(object);
    },
  };
  return {
    replica: (holder: string, skewMs = 0) =>
      createLease(store, { namespace: 'a', name: 'certificates', holder }, () => new Date(time + skewMs)),
    pass: (seconds: number) => void (time += seconds * 1000),
    goAway: () => void (away = true),
    spec: () => kept?.['spec'],
    damage: (spec: unknown) => void write({ ...kept, metadata: { ...kept?.metadata }, spec }),
  };
}

describe('a lease', () => {
  it('is held by the first, and the second is told by whom', async () => {
    const { replica, spec } = world();
    expect(await replica('one').attempt()).toEqual({ state: 'held' });
    expect(await replica('two').attempt()).toEqual({ state: 'other', holder: 'one' });
    expect(spec()).toMatchObject({ holderIdentity: 'one', renewTime: '2026-01-01T00:00:00.000000Z' });
  });

  it('that is renewed stays, and one that is not passes on after its time', async () => {
    const { replica, pass, spec } = world();
    const [one, two] = [replica('one'), replica('two')];
    await one.attempt();
    for (let round = 0; round < 5; round += 1) {
      expect(await two.attempt()).toMatchObject({ state: 'other' });
      pass(10);
      expect(await one.attempt()).toEqual({ state: 'held' });
    }
    expect(await two.attempt()).toMatchObject({ state: 'other' });
    pass(16);
    expect(await two.attempt()).toEqual({ state: 'held' });
    expect(await one.attempt()).toEqual({ state: 'other', holder: 'two' });
    expect(spec()).toMatchObject({ leaseTransitions: 1 });
  });

  it('is not taken from a holder whose clock is an hour behind', async () => {
    const { replica } = world();
    await replica('slow clock', -3_600_000).attempt();
    expect(await replica('two').attempt()).toEqual({ state: 'other', holder: 'slow clock' });
  });

  it('goes to one only where two take it at the same moment', async () => {
    const { replica, pass } = world();
    const [one, two, three] = [replica('one'), replica('two'), replica('three')];
    await one.attempt();
    await Promise.all([two.attempt(), three.attempt()]);
    pass(16);
    const states = await Promise.all([two.attempt(), three.attempt()]);
    expect(states.filter(({ state }) => state === 'held')).toHaveLength(1);
  });

  it('that is released is free at once', async () => {
    const { replica } = world();
    const one = replica('one');
    await one.attempt();
    await one.release();
    expect(await replica('two').attempt()).toEqual({ state: 'held' });
    await one.release();
    expect(await replica('three').attempt()).toEqual({ state: 'other', holder: 'two' });
  });

  it('is unknown, not held, while the API cannot be asked or the object is damaged', async () => {
    const { replica, goAway, damage } = world();
    const one = replica('one');
    await one.attempt();
    damage({ holderIdentity: 7 });
    expect(await one.attempt()).toMatchObject({ state: 'unknown', fault: { code: 'api-answer-invalid' } });
    goAway();
    expect(await one.attempt()).toMatchObject({ state: 'unknown', fault: { code: 'api-unreachable' } });
  });

  it('is kept until the signal, telling changes only, and given up then', async () => {
    const { replica, spec } = world();
    const controller = new AbortController();
    const told: string[] = [];
    const keeping = replica('one').keep(controller.signal, ({ state }) => {
      told.push(state);
      setImmediate(() => controller.abort());
    });
    await keeping;
    expect(told).toEqual(['held']);
    expect(spec()).toMatchObject({ holderIdentity: '' });
  });
});
