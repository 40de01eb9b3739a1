/** Flags at the top of the file become `application.features`. */
import type { ChangeLog } from './change-log.ts';
import { compact, flagOf, isMap, mapOf, textOf, type Values } from './values.ts';

const at = ['application', 'features'] as const;

/** The part `features`; flags that were not given stay away, so that the chart's defaults hold. */
export function convertFeatures(old: Values, log: ChangeLog): Values {
  const features: Values = { ...mapOf(old['features']), ...mapOf(mapOf(old['application'])['features']) };
  if (isMap(old['features'])) log.changed([...at], 'was features, at the top of the file.');
  for (const flag of ['detectionMode', 'automaticChildApproval', 'automaticUnchangedApproval']) {
    const value = flagOf(old[flag] ?? (flag === 'detectionMode' ? old['detection_mode'] : undefined));
    if (value === undefined || Object.hasOwn(features, flag)) continue;
    features[flag] = value;
    log.changed([...at, flag], `was ${flag}, at the top of the file.`);
  }
  flattenFlags(features, log);
  convertNamespaces(old, features, log);
  if (features['automaticChildApproval'] === false && !Object.hasOwn(features, 'resourceValidationMode')) {
    if (old['automaticChildApproval'] !== undefined) {
      features['resourceValidationMode'] = 'podsOnly';
      log.changed(
        [...at, 'resourceValidationMode'],
        'Connaisseur 2 looked at pods only once automatic child approval was off.',
      );
    }
  }
  return features;
}

// Below a top-level `features` flags may still be {enabled: true}.
function flattenFlags(features: Values, log: ChangeLog): void {
  for (const flag of ['detectionMode', 'automaticChildApproval', 'automaticUnchangedApproval']) {
    const value = flagOf(features[flag]);
    if (!isMap(features[flag]) || value === undefined) continue;
    features[flag] = value;
    log.changed([...at, flag], 'is a plain true or false now.');
  }
}

function convertNamespaces(old: Values, features: Values, log: ChangeLog): void {
  const given = old['namespacedValidation'] ?? features['namespacedValidation'];
  if (!isMap(given) || !Object.hasOwn(given, 'enabled')) {
    if (given !== undefined) features['namespacedValidation'] = given;
    return;
  }
  const path = [...at, 'namespacedValidation'];
  if (flagOf(given) !== true) {
    features['namespacedValidation'] = null;
    log.changed(path, 'was off: null takes the default (mode ignore) away, so that no label leaves a namespace out.');
    return;
  }
  features['namespacedValidation'] = { mode: given['mode'] ?? 'ignore' };
  log.changed(path, 'is on by having a mode.');
}

const levels: ReadonlyMap<string, string> = new Map([
  ['debug', 'debug'],
  ['info', 'info'],
  ['warning', 'warn'],
  ['warn', 'warn'],
  ['error', 'error'],
  ['critical', 'fatal'],
  ['fatal', 'fatal'],
]);

/** `logLevel` in the words of Connaisseur 3; undefined where nothing was said. */
export function convertLogLevel(old: Values, log: ChangeLog): string | undefined {
  const path = ['application', 'logLevel'];
  if (flagOf(old['debug']) === true) {
    log.changed(path, 'was debug: true.');
    return 'debug';
  }
  const given = textOf(old['logLevel']);
  if (given === undefined) return undefined;
  const level = levels.get(given.toLowerCase()) ?? 'info';
  log.changed(path, `was logLevel: ${given}, at the top of the file.`);
  return level;
}

/** `insecureRegistries` as entries of `registries`; those that are there already stay. */
export function convertRegistries(old: Values, log: ChangeLog): unknown[] {
  const there = Array.isArray(old['registries']) ? [...(old['registries'] as unknown[])] : [];
  const insecure = old['insecureRegistries'];
  for (const entry of Array.isArray(insecure) ? insecure : insecure === undefined ? [] : [insecure]) {
    const host = textOf(isMap(entry) ? (entry['host'] ?? entry['name'] ?? entry['registry']) : entry);
    if (host === undefined) {
      log.lost('insecureRegistries', 'an entry names no host.');
      continue;
    }
    there.push({ host: host.replace(/^https?:\/\//, '').replace(/\/.*$/, ''), plainHttp: true });
    log.changed(
      ['registries', there.length - 1],
      'was in insecureRegistries: asked over plain http. For a registry with a certificate of your own give ca instead of plainHttp.',
    );
  }
  return there;
}

/** Removes what became empty, so that no empty map hides a default. */
export function withoutEmpty(values: Values): Values {
  return compact(
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [
        key,
        (isMap(value) && Object.keys(value).length === 0) || (Array.isArray(value) && value.length === 0)
          ? undefined
          : value,
      ]),
    ),
  );
}
