/** Rules: `verify`, `notary` and `trust_root` of old become what `application.policy` reads. */
import type { ChangeLog } from './change-log.ts';
import { compact, listOf, mapOf, oldNames, renameKeys, textOf, type Values } from './values.ts';

const policyAt = ['application', 'policy'] as const;

/** The image of the cache that the chart brings; the chart's values.yaml admits the same one. */
export const cacheImage =
  'docker.io/library/redis@sha256:71da9275c5f3fcb97d0fa0c8c5b36cc995327265420f17a04bfd544f458059f7';

const withNames = { verify_sct: 'verifySCT', verifySct: 'verifySCT', key: 'trustRoot', trust_root: 'trustRoot' };

/** Every rule of the old file, and one for the cache where none names it; may add a static validator. */
export function convertRules(old: Values, validators: Values[], log: ChangeLog): Values[] {
  const oldRules = [...listOf(mapOf(old['application'])['policy']), ...listOf(old['policy'])].map(mapOf);
  const rules = oldRules.map((rule, index) => convertRule(rule, { index, validators, log }));
  if (rules.length === 0) addCatchAll(rules, validators, log);
  if (!rules.some((rule) => textOf(rule['pattern'])?.includes('redis') === true)) addCacheRule(rules, validators, log);
  return rules;
}

interface RuleContext {
  readonly index: number;
  readonly validators: Values[];
  readonly log: ChangeLog;
}

function convertRule(old: Values, context: RuleContext): Values {
  const { index, log } = context;
  const at = [...policyAt, index];
  const { verify, notary, key, delegations, with: options, ...rest } = old;
  const rule: Values = compact({ ...rest, validator: rest['validator'] ?? notary });
  if (notary !== undefined) log.changed(at, 'notary is called validator.');
  if (verify === false) {
    rule['validator'] = staticValidator(context.validators, true, log);
    log.changed(at, 'verify: false means the static validator that lets everything in.');
    return rule;
  }
  const renamed = oldNames(mapOf(options), withNames);
  const settings = compact({
    ...renameKeys(mapOf(options), withNames),
    ...compact({ trustRoot: key, delegations }),
  });
  if (settings['mode'] === 'insecure_validate_only') settings['mode'] = 'insecureValidateOnly';
  if (renamed.length > 0 || key !== undefined || delegations !== undefined) {
    log.changed(at, 'options stand below with, in camelCase.');
  }
  if (Object.keys(settings).length > 0) rule['with'] = settings;
  return withoutForeignTrust(rule, context);
}

// A static validator has no trust roots: what asks for one was of the validator it replaces.
function withoutForeignTrust(rule: Values, { validators, index, log }: RuleContext): Values {
  const validator = validators.find((one) => one['name'] === (rule['validator'] ?? 'default'));
  const settings = mapOf(rule['with']);
  if (validator?.['type'] !== 'static' || Object.keys(settings).length === 0) return rule;
  const { mode, ...lost } = settings;
  for (const key of Object.keys(lost)) log.lost(`policy[${index}].with.${key}`, 'its validator is static.');
  const { with: _options, ...rest } = rule;
  return mode === undefined ? rest : { ...rest, with: { mode } };
}

/** The name of a static validator, made where there is none. */
function staticValidator(validators: Values[], approve: boolean, log: ChangeLog): string {
  const found = validators.find((one) => one['type'] === 'static' && one['approve'] === approve);
  const name = textOf(found?.['name']);
  if (name !== undefined) return name;
  const wanted = approve ? 'allow' : 'deny';
  const taken = new Set(validators.map((one) => one['name']));
  const free = taken.has(wanted) ? `static-${wanted}` : wanted;
  validators.push({ name: free, type: 'static', approve });
  log.changed(['application', 'validators', validators.length - 1], 'added for rules that verify nothing.');
  return free;
}

// A file with trust roots and no rules meant: everything is verified with them.
function addCatchAll(rules: Values[], validators: Values[], log: ChangeLog): void {
  const verifying = validators.find((one) => one['type'] !== 'static');
  rules.push({ pattern: '*:*', validator: verifying?.['name'] ?? staticValidator(validators, false, log) });
  log.changed([...policyAt, 0], 'added: the file had no policy, and without a rule no image may run.');
}

function addCacheRule(rules: Values[], validators: Values[], log: ChangeLog): void {
  rules.push({ pattern: cacheImage, validator: staticValidator(validators, true, log) });
  log.changed([...policyAt, rules.length - 1], 'added: the Redis in which the gate keeps verdicts has to be let in.');
}
