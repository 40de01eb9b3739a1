import type { Command } from 'commander';
import { trustFile, trustState, trustTargets } from '@pratique/sigstore';
import { stateLines } from './initialize.ts';
import { keptFile, trustRepository } from './kept-trust.ts';
import type { Surroundings } from './surroundings.ts';
import { buildGroup, buildVerb, type Asked } from './verb.ts';
import { aside } from '../print.ts';

/** `pratique trust update` and `pratique trust export` */
export function command(): Command {
  return buildGroup('trust', 'trust material: what is kept, bring it up to date, take it along', [
    update(),
    exported(),
  ]);
}

function update(): Command {
  return buildVerb<object>({
    name: 'update',
    summary: 'fetch the trust material now',
    groups: [],
    more: `
Example:
  $ pratique trust update`,
    run: runTrustUpdate,
  });
}

function exported(): Command {
  return buildVerb<object>({
    name: 'export',
    summary: 'print trusted_root.json, for --trusted-root where there is no network',
    groups: [],
    more: `
Example:
  $ pratique trust export --output-file trusted_root.json`,
    run: runTrustExport,
  });
}

/** Fetches everything, whenever it was fetched last. */
export async function runTrustUpdate(_asked: Asked<object>, surroundings: Surroundings): Promise<void> {
  const repository = trustRepository(surroundings);
  const { warnings } = await trustFile({ ...repository, target: trustTargets.trustedRoot, refresh: 'now' });
  for (const warning of warnings) surroundings.say(aside.warning(`Warning: ${warning}`));
  for (const line of stateLines(await trustState(repository))) surroundings.say(line);
}

/** Prints the trusted root as it is kept. */
export async function runTrustExport(_asked: Asked<object>, surroundings: Surroundings): Promise<void> {
  surroundings.out((await keptFile(trustTargets.trustedRoot, surroundings)).content);
}
