import { integer, oneOf, optional, port, secret, text } from '@pratique/runtime/config';

const sslMode = oneOf(['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']);

/** The two databases, which know nothing of each other, and what is read from Central. */
export const databaseSettings = {
  appDbUrl: {
    variable: 'APP_DB_URL',
    type: secret(),
    default: '',
    doc: 'The hub’s own database; wins over the split fields.',
  },
  appDbHost: { variable: 'APP_DB_HOST', type: text(), default: 'localhost', doc: 'Host of the hub’s own database.' },
  appDbPort: { variable: 'APP_DB_PORT', type: port(), default: 5432, doc: 'Port of the hub’s own database.' },
  appDbUser: { variable: 'APP_DB_USER', type: text(), default: 'postgres', doc: 'User of the hub’s own database.' },
  appDbPassword: {
    variable: 'APP_DB_PASSWORD',
    type: secret(),
    default: '',
    doc: 'Password of the hub’s own database; any characters.',
  },
  appDbName: {
    variable: 'APP_DB_NAME',
    type: text(),
    default: 'rhacs_manager',
    doc: 'Name of the hub’s own database.',
  },
  appDbSslMode: {
    variable: 'APP_DB_SSLMODE',
    type: optional(sslMode),
    doc: 'How the connection is protected; `sslmode` in APP_DB_URL goes before.',
  },
  appDbSslRootCert: {
    variable: 'APP_DB_SSLROOTCERT',
    type: optional(text()),
    doc: 'CA file of the hub’s own database.',
  },
  appDbPoolMax: {
    variable: 'APP_DB_POOL_MAX',
    type: integer({ min: 2, max: 200 }),
    default: 15,
    doc: 'Most connections of this process to its own database.',
  },
  stackroxDbUrl: {
    variable: 'STACKROX_DB_URL',
    type: secret(),
    default: '',
    doc: 'Central’s database, read-only; wins over the split fields.',
  },
  stackroxDbHost: {
    variable: 'STACKROX_DB_HOST',
    type: text(),
    default: 'localhost',
    doc: 'Host of Central’s database.',
  },
  stackroxDbPort: { variable: 'STACKROX_DB_PORT', type: port(), default: 5432, doc: 'Port of Central’s database.' },
  stackroxDbUser: {
    variable: 'STACKROX_DB_USER',
    type: text(),
    default: 'postgres',
    doc: 'User of Central’s database; give it a read-only role.',
  },
  stackroxDbPassword: {
    variable: 'STACKROX_DB_PASSWORD',
    type: secret(),
    default: '',
    doc: 'Password of Central’s database; any characters.',
  },
  stackroxDbName: {
    variable: 'STACKROX_DB_NAME',
    type: text(),
    default: 'central_active',
    doc: 'Name of Central’s database.',
  },
  stackroxDbSslMode: {
    variable: 'STACKROX_DB_SSLMODE',
    type: optional(sslMode),
    doc: 'How the connection is protected; `sslmode` in STACKROX_DB_URL goes before.',
  },
  stackroxDbSslRootCert: {
    variable: 'STACKROX_DB_SSLROOTCERT',
    type: optional(text()),
    doc: 'CA file of Central’s database (`ca.pem` of the secret central-db-tls).',
  },
  stackroxDbSslServerName: {
    variable: 'STACKROX_DB_SSL_SERVER_NAME',
    type: optional(text()),
    doc: 'Name the certificate of Central’s database must carry, if it is not the host.',
  },
  // Central allows about 100 connections and takes 90 itself. Only two things ever ask it: the reader, which is one per
  // installation, and the record of a CVE being looked at. Everything else is answered from the snapshot.
  stackroxPoolMax: {
    variable: 'STACKROX_DB_POOL_MAX',
    type: integer({ min: 1, max: 20 }),
    default: 2,
    doc: 'Most connections of this process to Central: one reader, one for details.',
  },
  stackroxStatementTimeoutMs: {
    variable: 'STACKROX_STATEMENT_TIMEOUT_MS',
    type: integer({ min: 100, max: 600_000 }),
    default: 15_000,
    doc: 'Longest statement on Central’s database, in milliseconds.',
  },
  stackroxSchemaMode: {
    variable: 'STACKROX_SCHEMA_MODE',
    type: oneOf(['auto', 'v1', 'v2', 'mixed']),
    default: 'auto' as const,
    doc: 'Which generation of Central’s tables is read; `auto` looks.',
  },
  snapshotMode: {
    variable: 'SNAPSHOT_MODE',
    type: oneOf(['on', 'off']),
    default: 'on' as const,
    doc: 'Accepted for older environment files; answers always come from the snapshot.',
  },
  snapshotIntervalSeconds: {
    variable: 'SNAPSHOT_INTERVAL_SECONDS',
    type: integer({ min: 10, max: 3_600 }),
    default: 60,
    doc: 'How often Central is asked for changes, in seconds.',
  },
  snapshotMaxShrinkPercent: {
    variable: 'SNAPSHOT_MAX_SHRINK_PERCENT',
    type: integer({ min: 1, max: 100 }),
    default: 50,
    doc: 'A source that loses more than this share at once is not believed: the last version stays.',
  },
  kevCatalogFile: {
    variable: 'KEV_CATALOG_FILE',
    type: optional(text()),
    doc: 'CISA’s catalogue of known exploited vulnerabilities (JSON); not set: the copy that comes with the program.',
  },
  epssFile: {
    variable: 'EPSS_FILE',
    type: optional(text()),
    doc: 'FIRST’s daily EPSS file (CSV); not set: only what Central reports.',
  },
};
