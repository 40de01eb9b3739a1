/** Alerts as the mounted document says, followed as the configuration is. */
import { join } from 'node:path';
import { loadAlerts } from './alerts/load-alerts.ts';
import type { RunningAlerts } from './alerts/alerts.ts';
import { followConfiguration } from './configuration/active-configuration.ts';
import type { ActiveConfiguration } from './configuration/active-configuration.ts';
import { createRequests } from './configuration/requests.ts';
import { isFault } from '@pratique/runtime/fault';
import type { Health } from '@pratique/runtime/health';
import type { Measured } from './measure.ts';
import type { GateOptions, GateSurroundings } from './options.ts';
import type { GateProblem } from './problems.ts';

/** Alerts that follow their files. */
export interface OpenAlerts {
  /** Undefined where nobody is to be told. */
  current(): RunningAlerts | undefined;
  facts: ActiveConfiguration<unknown>['facts'];
  stop(): Promise<void>;
}

/**
 * Opens what the alerting document says.
 *
 * @throws Fault `alerting-invalid` where it is wrong at the start; a wrong change is told and not taken
 */
export async function openAlerts(parts: {
  readonly options: GateOptions;
  readonly surroundings: GateSurroundings;
  readonly measured: Measured;
  readonly health: Health<GateProblem>;
}): Promise<OpenAlerts> {
  const { options, surroundings, measured, health } = parts;
  const { alertsFolder: folder, secretsFolder, podName, watchMs } = options;
  const { log } = surroundings;
  const requests = createRequests(options.proxy);
  const load = (): Promise<RunningAlerts | undefined> =>
    loadAlerts({
      ...{ folder, secretsFolder, podName, fetch: requests.fetch, now: () => new Date(), random: Math.random },
      onWarning: (warning) => log.warn({ warning }, 'about the alerting document'),
      onResult: ({ receiver, result, problem }) => {
        measured.onAlert({ receiver, result });
        if (problem !== undefined) log.warn({ receiver, problem }, 'an alert could not be sent');
      },
    });
  const following = await followConfiguration<RunningAlerts | undefined>({
    load,
    retire: (old) => void old?.stop(),
    watched: { files: [join(folder, 'config.yaml')], folders: [folder], everyMs: watchMs },
    now: () => new Date(),
    onReload(reload) {
      measured.onReload(reload.result);
      if (reload.result === 'success') {
        health.clear('gate-alerting-old');
        log.info('the alerting document was read again');
        return;
      }
      health.set('gate-alerting-old', { problem: isFault(reload.error) ? reload.error.message : String(reload.error) });
      log.error({ err: reload.error }, 'the changed alerting document is wrong; the one before stays');
    },
  });
  return {
    current: following.current,
    facts: following.facts,
    async stop() {
      following.stop();
      await following.current()?.stop();
      await requests.close();
    },
  };
}
