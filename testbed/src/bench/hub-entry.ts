/** The hub in a process of its own, with the gauges that can only be read from inside. Started by `hub-process.ts`. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { readHubConfig } from '@pratique/hub/config';
import { startHub } from '@pratique/hub/start';
import { createLog } from '@pratique/runtime/log';
import type { FromHub, ToHub } from './hub-messages.ts';

/** Finer than the delays that matter; what an idle loop shows is taken off again by the reader of the figure. */
const resolutionMs = 1;

function tell(message: FromHub): void {
  process.send?.(message);
}

/** The reader tells its log how long a poll took; nothing else of the log is of interest here. */
const destination = {
  write(line: string): void {
    const entry = JSON.parse(line) as { took?: number; images?: number; version?: number; level: string; msg?: string };
    if (entry.took !== undefined) {
      tell({ type: 'poll', milliseconds: entry.took, imagesRead: entry.images ?? 0, version: entry.version ?? 0 });
    } else if (entry.level === 'error' && !/source-never-read|overloaded/.test(line)) {
      tell({ type: 'trouble', line: line.trim().slice(0, 2000) });
    }
  },
};

const config = readHubConfig(process.env);
const log = createLog({ level: 'debug', format: 'json', name: 'hub', destination });
const hub = await startHub({ config, log, version: 'bench', consoleRoot: process.env['BENCH_CONSOLE'] });
const delay = monitorEventLoopDelay({ resolution: resolutionMs });

process.on('message', (message: ToHub) => {
  switch (message.type) {
    case 'watch-loop':
      delay.reset();
      delay.enable();
      break;
    case 'loop': {
      delay.disable();
      const [p99, max] = [delay.percentile(99), delay.max].map((nanoseconds) =>
        Math.max(0, nanoseconds / 1e6 - resolutionMs),
      );
      tell({ type: 'loop', p99: p99!, max: max! });
      break;
    }
    case 'memory':
      tell({ type: 'memory', rss: process.memoryUsage.rss() });
      break;
    case 'stop':
      void hub.stop().finally(() => process.exit(0));
      break;
  }
});
// A bench that was killed must not leave a hub behind.
process.once('disconnect', () => process.exit(0));
tell({ type: 'listening', url: hub.url });
