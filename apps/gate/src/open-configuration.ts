/** The configuration in force, its changes told to log, metrics and probes (CFG-3). */
import { join } from 'node:path';
import type { Cluster } from '@pratique/kube';
import { isFault } from '@pratique/runtime/fault';
import type { Health } from '@pratique/runtime/health';
import type { Loading } from './configuration/active-configuration.ts';
import { loadPolicy } from './configuration/load-policy.ts';
import type { LoadedPolicy } from './configuration/load-policy.ts';
import { limits } from './limits.ts';
import type { Measured } from './measure.ts';
import type { GateOptions, GateSurroundings } from './options.ts';
import type { GateProblem } from './problems.ts';

/** What to follow, and whom to tell. */
export function openConfiguration(parts: {
  readonly options: GateOptions;
  readonly surroundings: GateSurroundings;
  readonly health: Health<GateProblem>;
  readonly measured: Measured;
  readonly cluster: Cluster | undefined;
}): Loading<LoadedPolicy> {
  const { options, surroundings, health, measured, cluster } = parts;
  const { log } = surroundings;
  return {
    load: async () => {
      const loaded = await loadPolicy({ options, surroundings, measured, cluster });
      for (const warning of loaded.warnings) log.warn({ warning }, 'about the configuration');
      log.info({ hash: loaded.policy.hash, rules: loaded.policy.rules.length }, 'the configuration is in force');
      return loaded;
    },
    retire: (old) => {
      // Reviews that began with it, and what they left running, may still need its connections.
      setTimeout(() => void old.close(), limits.verificationMs + limits.deadlineMs).unref();
    },
    watched: {
      files: [join(options.configFolder, 'config.yaml')],
      folders: [options.secretsFolder],
      everyMs: options.watchMs,
    },
    now: () => new Date(),
    onReload(reload) {
      measured.onReload(reload.result);
      if (reload.result === 'success') return health.clear('gate-configuration-old');
      const problem = isFault(reload.error) ? reload.error.message : String(reload.error);
      health.set('gate-configuration-old', { problem });
      log.error({ err: reload.error }, 'the changed configuration is wrong; the one before stays in force');
    },
  };
}
