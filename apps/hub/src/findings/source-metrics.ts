import { Counter, Gauge, Histogram, type Registry } from '@pratique/runtime/metrics';
import type { ReaderEvent } from './reader.ts';
import type { FindingsSource } from './source.ts';

/** Numbers about the data behind the desk: how old it is, how its reading goes. */
export interface SourceMetrics {
  onReaderEvent(event: ReaderEvent): void;
  /** Begins to publish the age and size of what this process serves. `now` in epoch milliseconds. */
  observe(source: FindingsSource, now: () => number): void;
}

/** Declares the metrics of the findings in the registry of the program. */
export function measureSource(registry: Registry): SourceMetrics {
  const registers = [registry];
  const polls = new Counter({
    name: 'pratique_reader_polls_total',
    help: 'Polls of StackRox by this process while it was the elected reader, by how they ended',
    labelNames: ['outcome'],
    registers,
  });
  const duration = new Histogram({
    name: 'pratique_reader_poll_seconds',
    help: 'How long a poll of StackRox took',
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300],
    registers,
  });
  return {
    onReaderEvent(event) {
      if (event.kind === 'poll') {
        polls.inc({ outcome: event.outcome.kind });
        duration.observe(event.milliseconds / 1000);
      } else if (event.kind === 'failed') {
        polls.inc({ outcome: event.problem.code });
      }
    },
    observe(source, now) {
      const gauge = (name: string, help: string, value: () => number) =>
        new Gauge({
          name,
          help,
          registers,
          collect() {
            this.set(value());
          },
        });
      gauge(
        'pratique_snapshot_version',
        'Version of the findings this process serves; 0 before the first',
        () => source.loadedVersion,
      );
      gauge('pratique_snapshot_age_seconds', 'Seconds since StackRox was last read completely', () => {
        const asOf = source.state?.dataAsOf ?? null;
        return asOf === null ? Number.NaN : (now() - asOf.getTime()) / 1000;
      });
      gauge(
        'pratique_snapshot_findings',
        'Rows of findings in the version served',
        () => source.state?.counts['findings'] ?? 0,
      );
    },
  };
}
