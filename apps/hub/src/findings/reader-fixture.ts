/** A reader for tests: its events kept, and held wherever a test wants to interfere. */
import type { Pool } from 'pg';
import type { Central } from '@pratique/stackrox';
import type { World } from '../visibility/small-world-fixture.ts';
import { startReader, type LockConnection, type Reader, type ReaderEvent } from './reader.ts';

export interface WatchedReader extends Reader {
  readonly events: readonly ReaderEvent[];
}

export interface WatchedOptions {
  readonly pool: Pool;
  readonly central: Central;
  readonly source: string;
  readonly standbySeconds?: number;
  /** Runs once, in the middle of the first poll: 200 images are staged, 50 read and not staged, 50 not read. */
  readonly inTheMiddle?: (() => Promise<void>) | undefined;
}

/** How many images the fleet of `manyImages` has; batches are such that a poll has a middle. */
export const imageCount = 300;

/** Starts a reader that polls as often as it can. */
export function startWatchedReader(options: WatchedOptions): WatchedReader {
  const events: ReaderEvent[] = [];
  let interference = options.inTheMiddle;
  const central: Central = {
    get inUse() {
      return options.central.inUse;
    },
    read: (statement) => options.central.read(statement),
    each: (statement, visit) => options.central.each(statement, visit),
    stop: () => options.central.stop(),
    async snapshot(how, work) {
      if (interference !== undefined && events.some((event) => event.kind === 'progress' && event.read === 200)) {
        const interfere = interference;
        interference = undefined;
        await interfere();
      }
      return options.central.snapshot(how, work);
    },
  };
  const reader = startReader({
    central,
    source: options.source,
    connect: () => lockConnection(options.pool),
    intervalSeconds: 0.05,
    standbySeconds: options.standbySeconds ?? 0.05,
    maxShrinkPercent: 30,
    now: () => new Date(),
    report: (event) => events.push(event),
  });
  return { events, stop: () => reader.stop() };
}

async function lockConnection(pool: Pool): Promise<LockConnection> {
  const client = await pool.connect();
  const onError = () => undefined;
  client.on('error', onError);
  return {
    client,
    close() {
      client.release(true);
      return Promise.resolve();
    },
  };
}

/** What the first successful polls ended with. */
export function published(reader: WatchedReader): { readonly version: number; readonly imagesRead: number }[] {
  return reader.events.flatMap((event) =>
    event.kind === 'poll' && event.outcome.kind === 'published'
      ? [{ version: event.outcome.version, imagesRead: event.outcome.imagesRead }]
      : [],
  );
}

/** A fleet of 300 images with one CVE each. */
export function manyImages(): World {
  const numbers = Array.from({ length: imageCount }, (_, at) => String(at).padStart(4, '0'));
  const images = numbers.map((number) => ({
    digest: `sha256:${number.repeat(16)}`,
    names: [`reg.test/${number}:1`],
    os: 'rhel:9',
    scanned: true,
    components: [{ name: 'openssl', version: '1' }],
    rows: [
      {
        cve: `CVE-2024-${number}`,
        component: 0,
        severity: 3,
        cvss: 7.5,
        epss: 0.5,
        impact: 1,
        firstSeen: 1_700_000_000,
        published: null,
        fixable: false,
        fixedBy: '',
        kev: null,
      },
    ],
    states: {},
    migration: 'v2' as const,
  }));
  const deployments = images.map((image, at) => {
    const containers = [{ name: image.names[0]!, digest: image.digest }];
    return {
      id: `00000000-0000-4000-8000-00000000${numbers[at]!}`,
      name: `d${at}`,
      namespace: 'shop',
      cluster: 'east',
      containers,
    };
  });
  return { clusters: ['east'], images, deployments };
}
