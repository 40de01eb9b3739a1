/** `deployment` and `service` at the top of the file become `kubernetes`. */
import type { ChangeLog } from './change-log.ts';
import { compact, isMap, mapOf, textOf, type Values } from './values.ts';

const at = ['kubernetes', 'deployment'] as const;

/** Where keys of the old `deployment` went; the level below `kubernetes` and the new name. */
const moved: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['imagePullPolicy', ['deployment', 'pullPolicy']],
  ['failurePolicy', ['webhook', 'failurePolicy']],
  ['reinvocationPolicy', ['webhook', 'reinvocationPolicy']],
]);

const kept = new Set([
  'replicasCount',
  'imagePullSecrets',
  'nodeSelector',
  'tolerations',
  'affinity',
  'resources',
  'securityContext',
  'podSecurityContext',
  'annotations',
  'envs',
  'podLabels',
  'tls',
]);

const gone: ReadonlyMap<string, string> = new Map([
  ['helmHookImage', 'nothing is installed by hooks any more.'],
  ['podSecurityPolicy', 'Kubernetes has no PodSecurityPolicy since 1.25; the pods satisfy the restricted standard.'],
  ['extraContainers', 'the gate runs alone in its pod.'],
  ['extraVolumes', 'registries and authorities are configured, not mounted.'],
  ['extraVolumeMounts', 'registries and authorities are configured, not mounted.'],
]);

/** The part `kubernetes` of the new file; empty where the old one said nothing about it. */
export function convertKubernetes(old: Values, log: ChangeLog): Values {
  const levels: Record<string, Values> = {};
  const put = (level: string, key: string, value: unknown) => ((levels[level] ??= {})[key] = value);
  for (const [key, value] of Object.entries(mapOf(old['deployment']))) {
    const target = moved.get(key);
    if (target !== undefined) {
      put(target[0], target[1], value);
      log.changed(['kubernetes', ...target], `was deployment.${key}.`);
    } else if (key === 'image') convertImage(value, log);
    else if (kept.has(key)) put('deployment', key, value);
    else log.lost(`deployment.${key}`, gone.get(key) ?? 'the chart has no such value.');
  }
  if (levels['deployment'] !== undefined) log.changed([...at], 'was deployment, at the top of the file.');
  if (isMap(old['service'])) {
    levels['service'] = old['service'];
    log.changed(['kubernetes', 'service'], 'was service, at the top of the file.');
  }
  return compact(joined(mapOf(old['kubernetes']), levels));
}

// What stands in its new place already wins over what stands in the old one.
function joined(there: Values, levels: Readonly<Record<string, Values>>): Values {
  const names = new Set([...Object.keys(there), ...Object.keys(levels)]);
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      isMap(there[name]) || levels[name] !== undefined ? { ...levels[name], ...mapOf(there[name]) } : there[name],
    ]),
  );
}

function convertImage(value: unknown, log: ChangeLog): void {
  const repository = isMap(value) ? value['repository'] : value;
  log.lost(
    'deployment.image',
    `${textOf(repository) ?? 'it'} is an image of Connaisseur; name your copy of this product's image by kubernetes.deployment.image.`,
  );
}
