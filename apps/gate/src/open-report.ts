/** Reporting of decisions to the hub, where one is configured. */
import { readFileBounded } from '@pratique/runtime/limit';
import type { Health } from '@pratique/runtime/health';
import type { GateOptions, GateSurroundings } from './options.ts';
import type { GateProblem } from './problems.ts';
import { createDecisionReport } from './report.ts';
import type { DecisionReport } from './report.ts';

/** Starts reporting, or undefined where no hub is configured. */
export function openReport(parts: {
  readonly options: GateOptions;
  readonly surroundings: GateSurroundings;
  readonly health: Health<GateProblem>;
  readonly policyHash: () => string;
}): DecisionReport | undefined {
  const { options, surroundings, health, policyHash } = parts;
  const { hub, podName } = options;
  if (hub === undefined) return undefined;
  const { url, apiKey, apiKeyFile, clusterName } = hub;
  return createDecisionReport({
    url,
    apiKey: apiKeyFile === undefined ? apiKey : () => keyIn(apiKeyFile),
    clusterName,
    instance: podName === '' ? 'gate' : podName,
    version: surroundings.version,
    policyHash,
    fetch,
    now: () => new Date(),
    random: Math.random,
    onProblem(problem) {
      if (problem === null) {
        health.clear('gate-report-failing');
        surroundings.log.info('decisions reach the hub');
      } else {
        health.set('gate-report-failing', { problem });
        surroundings.log.warn({ problem }, 'decisions do not reach the hub');
      }
    },
  });
}

async function keyIn(file: string): Promise<string> {
  return (await readFileBounded(file, { bytes: 64 * 1024, what: 'the key of this cluster' })).toString('utf8').trim();
}
