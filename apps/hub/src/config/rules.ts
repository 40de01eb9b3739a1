import type { Mistake } from '@pratique/runtime/config';
import type { HubValues } from '../config.ts';
import { shortKeyLength } from '../identity/spoke-keys.ts';

const placeholderKeys = new Set(['dev-secret-key-change-in-production', 'change-me-to-a-random-secret']);

/**
 * The rules between settings that must hold before the hub starts. Outside dev mode it needs a secret of its own and
 * at least one way to know who asks.
 *
 * @param nodeEnv `NODE_ENV` of the process
 */
export function startUpRules(values: HubValues, nodeEnv: string | undefined): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  const mistake = (variable: string, why: string) => mistakes.push({ variable, why });
  if (values.oidcIssuer !== '' && values.oidcClientId === '') {
    mistake(
      'OIDC_CLIENT_ID',
      'must be set when OIDC_ISSUER is: a token of that issuer for another program must not open this one',
    );
  }
  if (values.devMode) {
    if (nodeEnv === 'production' && !values.allowDevModeInProduction) {
      mistake(
        'DEV_MODE',
        'everybody would be let in without a login, and NODE_ENV is production; unset DEV_MODE, or set ALLOW_DEV_MODE_IN_PRODUCTION=true if that is meant',
      );
    }
    return mistakes;
  }
  if (values.secretKey === '')
    mistake('SECRET_KEY', 'must be set outside dev mode; create one with: openssl rand -hex 32');
  if (placeholderKeys.has(values.secretKey))
    mistake('SECRET_KEY', 'is a published placeholder; create one with: openssl rand -hex 32');
  if (values.oidcIssuer === '' && values.spokeApiKeys.length === 0) {
    mistake('SPOKE_API_KEYS', 'neither this nor OIDC_ISSUER is set, so nobody could log in; set at least one');
  }
  return mistakes;
}

/** What an operator should read in the log of a start that succeeds; one sentence each, without secrets. */
export function startUpWarnings(values: HubValues): readonly string[] {
  const warnings: string[] = [];
  if (values.devMode) {
    warnings.push(
      'DEV MODE: nobody logs in, every request is served as the configured person. Never expose this port.',
    );
  }
  if (!values.devMode && values.managementEmail === '')
    warnings.push('MANAGEMENT_EMAIL is not set: there is no recipient for the digest.');
  if (!values.devMode && values.defaultEscalationEmail === '') {
    warnings.push(
      'DEFAULT_ESCALATION_EMAIL is not set: escalations of namespaces without a contact reach nobody by mail.',
    );
  }
  if (!values.devMode && values.secretKey.length < shortKeyLength)
    warnings.push(`SECRET_KEY is shorter than ${shortKeyLength} characters.`);
  for (const [index, { key, name, clusters }] of values.spokeApiKeys.entries()) {
    const label = `SPOKE_API_KEYS: key ${index + 1}${name === null ? '' : ` (${name})`}`;
    if (key.length < shortKeyLength)
      warnings.push(`${label} is shorter than ${shortKeyLength} characters and can be guessed.`);
    if (clusters === null)
      warnings.push(`${label} is not bound to clusters: its spoke may speak for namespaces of every cluster.`);
  }
  if (values.smtpTls && values.smtpStartTls) warnings.push('SMTP_TLS is set: SMTP_STARTTLS is ignored.');
  if (values.snapshotMode === 'off')
    warnings.push('SNAPSHOT_MODE=off has no effect: answers always come from the snapshot.');
  return warnings;
}
