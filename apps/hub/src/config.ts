/**
 * Every setting of the hub. Reading is done in three steps: the tables in `config/` declare the variables,
 * `readConfig` reads and checks them all at once, and `readHubConfig` makes the typed sections the program works with.
 */
import { declare, readConfig } from '@pratique/runtime/config';
import type { ConfigOf, Environment, Mistake } from '@pratique/runtime/config';
import { Fault } from '@pratique/runtime/fault';
import { resolveCentralAddress, resolveDatabaseAddress } from '@pratique/stackrox/address';
import type { CentralAddress } from '@pratique/stackrox/address';
import { admissionSettings } from './config/admission.ts';
import { databaseSettings } from './config/databases.ts';
import { identitySettings } from './config/identity.ts';
import { laterSettings } from './config/later.ts';
import { startUpRules, startUpWarnings } from './config/rules.ts';
import { serverSettings } from './config/server.ts';
import type { AppDatabasePlace } from './database/faults.ts';
import type { SpokeKey } from './identity/spoke-keys.ts';

/** The declared table: what docs/configuration.md is generated from. */
export const hubSettings = declare({
  ...serverSettings,
  ...databaseSettings,
  ...identitySettings,
  ...admissionSettings,
  ...laterSettings,
});

/** The flat configuration as read. */
export type HubValues = ConfigOf<typeof hubSettings>;

/** Beginnings of names that are ours: an undeclared variable that has one is a typing mistake, not somebody else's. */
export const hubPrefixes = [
  'APP_DB_',
  'APP_BASE',
  'STACKROX_',
  'DEV_MODE',
  'DEV_USER',
  'DEV_NAMESPACE',
  'OIDC_',
  'SPOKE_',
  'SMTP_',
  'SNAPSHOT_',
  'JOB_',
  'KEV_',
  'EPSS_',
  'CORS_',
  'BADGE_',
  'SUPPRESSION_',
  'ESCALAT',
  'MANAGEMENT_',
  'DEFAULT_ESC',
  'MAX_NAMESPACE',
  'SEC_TEAM',
  'SCHEDULER_',
  'METRICS_',
  'API_DOCS',
  'AUTO_RESOLVE_',
  'NOTIFICATION_RET',
  'AUDIT_RET',
  'ALLOW_DEV_MODE',
  'RATE_LIMIT_',
  'ADMISSION_',
] as const;

/** Settings of the API server. */
export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  readonly metricsPort: number | undefined;
  readonly logLevel: HubValues['logLevel'];
  readonly logFormat: HubValues['logFormat'];
  readonly apiDocs: boolean;
  /** Origin of the console, without a trailing slash; also the default of the allowed origins. */
  readonly appBaseUrl: string;
  readonly badgeBaseUrl: string;
  readonly allowedOrigins: readonly string[];
  /** Secret: signs links and digests user ids in logs. Empty in dev mode only. */
  readonly secretKey: string;
  readonly schedulerEnabled: boolean;
  /** How often one identity may ask. */
  readonly rateLimit: { readonly perSecond: number; readonly burst: number };
}

/** The person of dev mode; null: dev mode is off. */
export interface DevConfig {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: 'sec_team' | 'team_member';
  readonly namespaces: string;
  readonly namespaceEmails: string;
}

/** OpenID Connect; null: not configured. */
export interface OidcConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly groupsClaim: string;
  readonly namespacesClaim: string;
  readonly usernameClaim: string;
}

/** What every way of identification shares, and the spoke keys. */
export interface SpokeConfig {
  readonly keys: readonly SpokeKey[];
  readonly secTeamGroup: string;
  readonly maxNamespaces: number;
  readonly userIdIncludesKeyName: boolean;
}

/** The configuration of the hub, by part. */
export interface HubConfig {
  readonly server: ServerConfig;
  readonly appDb: {
    readonly address: CentralAddress;
    readonly from: AppDatabasePlace['from'];
    readonly poolMax: number;
  };
  readonly stackrox: {
    readonly address: CentralAddress;
    readonly poolMax: number;
    readonly statementTimeoutMs: number;
    readonly schemaMode: HubValues['stackroxSchemaMode'];
  };
  readonly dev: DevConfig | null;
  readonly oidc: OidcConfig | null;
  readonly spoke: SpokeConfig;
  readonly snapshot: { readonly intervalSeconds: number; readonly maxShrinkPercent: number };
  /** Of what gates decided. */
  readonly admission: { readonly retentionDays: number; readonly maxDecisions: number };
  readonly mail: { readonly managementEmail: string; readonly defaultEscalationEmail: string };
  readonly intelligence: { readonly kevFile: string | undefined; readonly epssFile: string | undefined };
  /** The names of the namespace annotations, for explanations. */
  readonly annotations: { readonly users: string; readonly groups: string; readonly email: string };
  /** Everything as read, for `redacted` and for parts that come later. */
  readonly values: HubValues;
  /** What deserves a line in the log, but does not stop the start. */
  readonly warnings: readonly string[];
}

/**
 * Reads the environment of the hub.
 *
 * @param options.envFile path of a `.env` file; the environment overrules it
 * @throws Fault `config-invalid` with every mistake at once
 */
export function readHubConfig(env: Environment, options: { readonly envFile?: string } = {}): HubConfig {
  const values = readConfig(hubSettings, env, {
    ...options,
    prefixes: hubPrefixes,
    // One environment file often serves the hub and its own front end.
    knownElsewhere: ['SPOKE_API_KEY'],
    check: (read) => [...startUpRules(read, env['NODE_ENV']), ...addressMistakes(read)],
  });
  return {
    server: serverSection(values),
    appDb: { address: appAddress(values), from: appAddressSource(values), poolMax: values.appDbPoolMax },
    stackrox: {
      address: stackroxAddress(values),
      poolMax: values.stackroxPoolMax,
      statementTimeoutMs: values.stackroxStatementTimeoutMs,
      schemaMode: values.stackroxSchemaMode,
    },
    ...identitySections(values),
    snapshot: { intervalSeconds: values.snapshotIntervalSeconds, maxShrinkPercent: values.snapshotMaxShrinkPercent },
    admission: { retentionDays: values.admissionRetentionDays, maxDecisions: values.admissionMaxDecisions },
    mail: { managementEmail: values.managementEmail, defaultEscalationEmail: values.defaultEscalationEmail },
    intelligence: { kevFile: values.kevCatalogFile, epssFile: values.epssFile },
    annotations: { users: values.namespaceAnnotation, groups: values.groupAnnotation, email: values.emailAnnotation },
    values,
    warnings: startUpWarnings(values),
  };
}

function serverSection(values: HubValues): ServerConfig {
  const origins = values.corsOrigins.length > 0 ? values.corsOrigins : [values.appBaseUrl];
  return {
    host: values.host,
    port: values.port,
    metricsPort: values.metricsPort,
    logLevel: values.logLevel,
    logFormat: values.logFormat,
    apiDocs: values.apiDocsEnabled ?? values.devMode,
    appBaseUrl: values.appBaseUrl,
    badgeBaseUrl: values.badgeBaseUrl,
    allowedOrigins: [...new Set(origins.map((origin) => new URL(origin).origin))],
    secretKey: values.secretKey,
    schedulerEnabled: values.schedulerEnabled,
    rateLimit: { perSecond: values.rateLimitPerSecond, burst: values.rateLimitBurst },
  };
}

function identitySections(values: HubValues): Pick<HubConfig, 'dev' | 'oidc' | 'spoke'> {
  const dev: DevConfig = {
    id: values.devUserId,
    name: values.devUserName,
    email: values.devUserEmail,
    role: values.devUserRole,
    namespaces: values.devUserNamespaces,
    namespaceEmails: values.devNamespaceEmails,
  };
  const oidc: OidcConfig = {
    issuer: values.oidcIssuer,
    clientId: values.oidcClientId,
    groupsClaim: values.oidcGroupsClaim,
    namespacesClaim: values.oidcNamespacesClaim,
    usernameClaim: values.oidcUsernameClaim,
  };
  return {
    dev: values.devMode ? dev : null,
    oidc: values.oidcIssuer === '' ? null : oidc,
    spoke: {
      keys: values.spokeApiKeys,
      secTeamGroup: values.secTeamGroup,
      maxNamespaces: values.maxNamespaceCount,
      userIdIncludesKeyName: values.spokeUserIdIncludeKeyName,
    },
  };
}

function appAddress(values: HubValues): CentralAddress {
  return resolveDatabaseAddress({
    url: values.appDbUrl,
    host: values.appDbHost,
    port: values.appDbPort,
    user: values.appDbUser,
    password: values.appDbPassword,
    name: values.appDbName,
    sslMode: values.appDbSslMode,
    sslRootCert: values.appDbSslRootCert,
  });
}

function appAddressSource(values: HubValues): AppDatabasePlace['from'] {
  return values.appDbUrl === '' ? 'APP_DB_HOST, APP_DB_PORT, APP_DB_USER, APP_DB_PASSWORD, APP_DB_NAME' : 'APP_DB_URL';
}

function stackroxAddress(values: HubValues): CentralAddress {
  return resolveCentralAddress({
    url: values.stackroxDbUrl,
    host: values.stackroxDbHost,
    port: values.stackroxDbPort,
    user: values.stackroxDbUser,
    password: values.stackroxDbPassword,
    name: values.stackroxDbName,
    sslMode: values.stackroxDbSslMode,
    sslRootCert: values.stackroxDbSslRootCert,
    sslServerName: values.stackroxDbSslServerName,
  });
}

/** A malformed address is a mistake of configuration like any other: told at once with the others. */
function addressMistakes(values: HubValues): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  for (const [variable, resolve] of [
    ['APP_DB_URL', appAddress],
    ['STACKROX_DB_URL', stackroxAddress],
  ] as const) {
    try {
      resolve(values);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      mistakes.push({ variable, why: `${error.message} ${error.hint}` });
    }
  }
  return mistakes;
}
