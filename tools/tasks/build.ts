/** `npm run build`: the console, and the command bundled with all it needs beside it, into `dist`. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { bundleInto } from './bundle.ts';
import { interfaceBuild } from './interface-build.ts';
import { root, runLoudly } from './step.ts';

const dist = join(root, 'dist');

for (const step of [interfaceBuild(), bundleInto(dist)]) {
  console.log(`${step.name} …`);
  const code = await runLoudly(step);
  if (code !== 0) process.exit(code);
}
cpSync(join(root, 'apps/hub/ui/dist'), join(dist, 'console'), { recursive: true });
cpSync(join(root, 'data/kev-sample.json'), join(dist, 'known-exploited.json'));
console.log(`${dist} holds everything: node dist/pratique.mjs --help`);
