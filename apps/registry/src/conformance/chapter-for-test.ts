/** The requirements of distribution-spec 1.1, each a test, put to this registry and to the reference server where it is there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDockerRegistry } from '@pratique/testbed/docker-registry';
import { needsPeer } from '@pratique/testbed/peers';
import { ask, digestOf, registryForTest } from '../registry-for-test.ts';

/** A registry that is put to the test. */
export interface Target {
  /** Address without a trailing slash. */
  readonly base: string;
}

/**
 * Why the reference server is not asked: it has no referrers API, it is of a time before this was required (Debian has 2.8),
 * or the specification leaves the choice and we promise more.
 */
export type Ours = 'referrers' | 'newer' | 'choice';

/** Declares one requirement, in our words. */
export type Must = (says: string, check: (target: Target) => Promise<void>, only?: Ours) => void;

interface Requirement {
  readonly says: string;
  readonly check: (target: Target) => Promise<void>;
  readonly only: Ours | undefined;
}

interface Running extends Target {
  readonly close: () => Promise<void>;
}

/** Runs the list against every registry; `id` is the chapter of the specification. */
export function conformance(id: string, list: (must: Must) => void): void {
  const all: Requirement[] = [];
  list((says, check, only) => all.push({ says, check, only }));
  describe(`distribution-spec 1.1, ${id}: this registry`, () => against(startOurs, all));
  const asked = all.flatMap((one) => (one.only === undefined ? [one] : one.only === 'referrers' ? [notOffered] : []));
  if (asked.length === 0) return;
  const reference = needsPeer('docker-registry');
  reference.describe(`distribution-spec 1.1, ${id}: the reference server`, () => {
    against(() => startReference(reference.path), [...new Set(asked)]);
  });
}

const notOffered: Requirement = {
  says: 'does not offer the referrers API, and says so with 404',
  check: async ({ base }) => {
    expect((await ask(base, 'GET', `/v2/refer/a/referrers/${digestOf('anything')}`)).status).toBe(404);
  },
  only: undefined,
};

async function startOurs(): Promise<Running> {
  const registry = await registryForTest();
  return { base: registry.url, close: registry.close };
}

async function startReference(path: string | undefined): Promise<Running> {
  const registry = await startDockerRegistry(path);
  return { base: `http://${registry.host}`, close: registry.close };
}

function against(start: () => Promise<Running>, requirements: readonly Requirement[]): void {
  const running: { current?: Running } = {};
  beforeAll(async () => {
    running.current = await start();
  });
  afterAll(() => running.current?.close());
  for (const { says, check } of requirements) it(says, () => check(running.current!));
}
