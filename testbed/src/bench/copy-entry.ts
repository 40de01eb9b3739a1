/** Copies one large image between two registries in a process of its own and tells the most memory it ever had. Started by `signing-copy.ts`. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { copyImage, createRegistryClient } from '@pratique/oci';

const [from, to, repository, tag] = process.argv.slice(2) as [string, string, string, string];
const client = createRegistryClient({ userAgent: 'bench', now: () => new Date(), random: Math.random });
const begun = performance.now();
const report = await copyImage({
  from: client.repository({ registry: from, repository }),
  to: client.repository({ registry: to, repository }),
  source: tag,
  tag,
  random: Math.random,
  sleep: (ms) => sleep(ms),
});
await client.close();
const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
process.stdout.write(
  JSON.stringify({
    milliseconds: performance.now() - begun,
    peakBytes: Number(peak) * 1024,
    digest: report.root.digest,
  }),
);
