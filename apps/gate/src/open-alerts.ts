/** Alerts, where a document configures them; a changed document takes over as the configuration does (CFG-3). */
import { join } from 'node:path';
import { isFault } from '@pratique/runtime/fault';
import type { RunningAlerts } from './alerts/alerts.ts';
import { loadAlerts } from './alerts/load-alerts.ts';
import { followConfiguration } from './configuration/active-configuration.ts';
import { createRequests } from './configuration/requests.ts';
import type { Measured } from './measure.ts';
import type { GateOptions, GateSurroundings } from './options.ts';
import type { Alerts } from './review/needs.ts';

/** Alerts that can be ended. */
export interface OpenAlerts extends Alerts {
  stop(): Promise<void>;
}

/**
 * Opens what the alerting document says, now and after it changed.
 *
 * @throws Fault `alerting-invalid` for what is wrong at the start; later mistakes leave the document before in force
 */
export async function openAlerts(parts: {
  readonly options: GateOptions;
  readonly surroundings: GateSurroundings;
  readonly measured: Measured;
}): Promise<OpenAlerts> {
  const { options, surroundings, measured } = parts;
  const { alertsFolder, secretsFolder, podName, watchMs } = options;
  const { log } = surroundings;
  const requests = createRequests(options.proxy);
  const followed = await followConfiguration<RunningAlerts | undefined>({
    load: () =>
      loadAlerts({
        ...{ folder: alertsFolder, secretsFolder, podName, fetch: requests.fetch },
        ...{ now: () => new Date(), random: Math.random },
        onResult: ({ receiver, result, problem }) => {
          measured.onAlert({ receiver, result });
          if (result === 'failed') log.warn({ receiver, problem }, 'an alert could not be sent');
        },
        onWarning: (warning) => log.warn({ warning }, 'about the alerting document'),
      }),
    // What is on its way with the old one ends by itself.
    retire: () => undefined,
    watched: { files: [join(alertsFolder, 'config.yaml')], folders: [alertsFolder], everyMs: watchMs },
    now: () => new Date(),
    onReload(reload) {
      if (reload.result === 'success') return log.info('the changed alerting document is in force');
      const problem = isFault(reload.error) ? reload.error.message : String(reload.error);
      log.error({ problem }, 'the changed alerting document is wrong; the one before stays in force');
    },
  });
  return {
    tell: async (event, signal) => followed.current()?.tell(event, signal),
    async stop() {
      followed.stop();
      await followed.current()?.stop();
      await requests.close();
    },
  };
}
