/** A hub in a process of its own, so that a test can kill it. Told what to do by one argument; tells the parent its address and what its reader does. */
import { configForTest } from './hub-config-for-test.ts';
import { startHub } from './index.ts';
import { createLog } from '@pratique/runtime/log';

/** What the parent passes as JSON. */
export interface ChildAsk {
  readonly appUrl: string;
  readonly centralUrl: string;
  readonly intervalSeconds: number;
}

const asked = JSON.parse(process.argv[2] ?? '{}') as ChildAsk;
const log = createLog({
  level: 'debug',
  format: 'json',
  name: 'child',
  destination: { write: (line: string) => process.send?.({ log: (JSON.parse(line) as { msg?: string }).msg ?? '' }) },
});
const config = configForTest(
  { app: { url: asked.appUrl }, centralUrl: asked.centralUrl },
  { intervalSeconds: asked.intervalSeconds },
);
const hub = await startHub({ config, log, version: '0.0.0-child', maxEventLoopDelayMs: 0 });
process.send?.({ url: hub.url });
process.on('disconnect', () => process.exit(0));
