/** Validators and their trust roots: `trust_roots` and `notaries` become `application.validators`. */
import type { ChangeLog } from './change-log.ts';
import { compact, isMap, listOf, mapOf, oldNames, renameKeys, textOf, type Values } from './values.ts';

/** Where converted validators stand. */
export const validatorsAt = ['application', 'validators'] as const;

const hostNames = {
  rekor_pubkey: 'rekorPubkey',
  rekor_pub_key: 'rekorPubkey',
  fulcio_cert: 'fulcioCert',
  ctlog_pubkey: 'ctLogPubkey',
  ct_log_pubkey: 'ctLogPubkey',
  ct_log_pub_key: 'ctLogPubkey',
};
const authNames = { user: 'username', k8s_keychain: 'useKeychain', k8sKeychain: 'useKeychain' };

/** Every validator of the old file in its new form, with the old top-level trust roots given to one of them. */
export function convertValidators(old: Values, log: ChangeLog): Values[] {
  const validators = [
    ...listOf(mapOf(old['application'])['validators']),
    ...listOf(old['validators']),
    ...listOf(old['notaries'] ?? old['notary']).map((notary, index) => fromNotary(mapOf(notary), index, log)),
  ].map((validator, index) => convertValidator(mapOf(validator), index, log));
  const loose = old['trustRoots'] ?? old['trust_roots'];
  if (loose !== undefined) giveTrustRoots(validators, trustRootsOf(loose), log);
  return validators.map((validator, index) => withoutEmptyTrust(validator, index, log));
}

function convertValidator(old: Values, index: number, log: ChangeLog): Values {
  const at = [...validatorsAt, index];
  const renamed = oldNames(old);
  if (renamed.length > 0) log.changed(at, `${renamed.join(', ')}: Connaisseur 3 writes camelCase.`);
  const validator = renameKeys(old);
  if (validator['trustRoots'] !== undefined) {
    validator['trustRoots'] = trustRootsOf(validator['trustRoots']);
  }
  dropOldSwitches(validator, index, log);
  if (validator['type'] === 'cosign') convertCosignHost(validator, at, log);
  if (isMap(validator['auth'])) validator['auth'] = convertAuth(validator['auth'], { at, index, log });
  return validator;
}

// Keys of Connaisseur 1 and 2 that nothing reads any more; an unknown key would stop the start.
function dropOldSwitches(validator: Values, index: number, log: ChangeLog): void {
  for (const key of ['isAcr', 'isAzureAcr']) {
    if (!Object.hasOwn(validator, key)) continue;
    delete validator[key];
    log.lost(`validators[${index}].${key}`, 'a registry of Azure is recognised by its answers; no switch is needed.');
  }
}

function convertCosignHost(validator: Values, at: readonly (string | number)[], log: ChangeLog): void {
  const host = validator['host'];
  if (typeof host === 'string') {
    validator['host'] = { rekor: host };
    log.changed([...at, 'host'], 'the host of a cosign validator was its transparency log; it is host.rekor now.');
  } else if (isMap(host)) {
    if (oldNames(host, hostNames).length > 0) log.changed([...at, 'host'], 'names of keys are camelCase now.');
    validator['host'] = renameKeys(host, hostNames);
  }
}

function convertAuth(
  old: Values,
  { at, index, log }: { at: readonly (string | number)[]; index: number; log: ChangeLog },
): Values {
  const renamed = oldNames(old, authNames);
  if (renamed.length > 0) log.changed([...at, 'auth'], `${renamed.join(', ')}: the names of Connaisseur 3.`);
  const auth = renameKeys(old, authNames);
  for (const key of Object.keys(auth)) {
    if (['secretName', 'useKeychain', 'username', 'password', 'registry'].includes(key)) continue;
    delete auth[key];
    log.lost(`validators[${index}].auth.${key}`, 'nothing reads it.');
  }
  return auth;
}

/** Trust roots as a list of maps, from a list or from a map of name to key. */
export function trustRootsOf(value: unknown): Values[] {
  if (isMap(value)) {
    return Object.entries(value).map(([name, key]) => (isMap(key) ? { name, ...renameKeys(key) } : { name, key }));
  }
  return listOf(value).map((root, index) =>
    isMap(root) ? renameKeys(root) : { name: index === 0 ? 'default' : `root-${index}`, key: root },
  );
}

function fromNotary(old: Values, index: number, log: ChangeLog): Values {
  const { name, host, rootKeys, pubRootKeys, root_keys: snakeKeys, selfsignedCert, selfsigned_cert, ...rest } = old;
  log.changed([...validatorsAt, index], 'a notary is a validator of the type notaryv1, its root keys are trust roots.');
  return compact({
    name: name ?? 'default',
    type: 'notaryv1',
    host,
    trustRoots: rootKeys ?? pubRootKeys ?? snakeKeys,
    cert: selfsignedCert ?? selfsigned_cert,
    ...rest,
  });
}

// Trust roots at the top of the file belong to the validator that has none, or to one of their own.
function giveTrustRoots(validators: Values[], trustRoots: Values[], log: ChangeLog): void {
  if (trustRoots.length === 0) return;
  const index = validators.findIndex(
    (validator) => validator['type'] !== 'static' && listOf(validator['trustRoots']).length === 0,
  );
  const why = 'trustRoots stood at the top of the file, where no validator has them.';
  const empty = validators[index];
  if (empty !== undefined) {
    empty['trustRoots'] = trustRoots;
    log.changed([...validatorsAt, index, 'trustRoots'], why);
    return;
  }
  const taken = new Set(validators.map((validator) => validator['name']));
  const name = taken.has('default') ? 'trust-roots' : 'default';
  validators.push({ name, type: 'cosign', trustRoots });
  log.changed([...validatorsAt, validators.length - 1], `${why} This validator verifies with them.`);
}

// The example validator of Connaisseur 2 has an empty list: it never accepted anything and would stop the start now.
function withoutEmptyTrust(validator: Values, index: number, log: ChangeLog): Values {
  const type = textOf(validator['type']);
  if (type === undefined || type === 'static' || listOf(validator['trustRoots']).length > 0) return validator;
  log.changed(
    [...validatorsAt, index],
    `the ${type} validator had no trust roots and could accept nothing; it refuses in so many words now. Give it trust roots and its type back.`,
  );
  return { name: validator['name'], type: 'static', approve: false };
}
