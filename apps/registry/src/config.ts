/** Every setting of the registry, declared once; flags of the command set the same variables. */
import { boolean, declare, duration, integer, oneOf, optional, port, readConfig, text } from '@pratique/runtime/config';
import type { ConfigOf, Environment, Mistake } from '@pratique/runtime/config';
import { logLevels } from '@pratique/runtime/log';
import { defaultLimits } from './limits.ts';
import type { RegistryOptions } from './start.ts';

/** The declared table. */
export const registrySettings = declare({
  folder: {
    variable: 'PRATIQUE_REGISTRY_DIR',
    type: text({ minLength: 1 }),
    default: 'registry',
    doc: 'Folder that holds everything; made where it is missing. One process at a time may have it.',
  },
  host: { variable: 'PRATIQUE_REGISTRY_HOST', type: text(), default: '127.0.0.1', doc: 'Address to listen on.' },
  port: { variable: 'PRATIQUE_REGISTRY_PORT', type: port(), default: 5000, doc: 'Port; 0 takes any free one.' },
  metricsPort: {
    variable: 'PRATIQUE_REGISTRY_METRICS_PORT',
    type: optional(port()),
    doc: 'Port of `/metrics`; not set: no metrics are served.',
  },
  tlsCert: {
    variable: 'PRATIQUE_REGISTRY_TLS_CERT',
    type: optional(text()),
    doc: 'Certificate with its chain, PEM; read again when it changes. Not set: plain HTTP.',
  },
  tlsKey: {
    variable: 'PRATIQUE_REGISTRY_TLS_KEY',
    type: optional(text()),
    doc: 'Key of the certificate, PEM without a password.',
  },
  usersFile: {
    variable: 'PRATIQUE_REGISTRY_USERS',
    type: optional(text()),
    doc: 'File of `NAME:bcrypt` lines as `htpasswd -B` writes them; read again when it changes. Not set: no logins.',
  },
  anonymousPull: {
    variable: 'PRATIQUE_REGISTRY_ANONYMOUS_PULL',
    type: boolean(),
    default: false,
    doc: 'Whether reading needs no login where there are users.',
  },
  readOnly: {
    variable: 'PRATIQUE_REGISTRY_READ_ONLY',
    type: boolean(),
    default: false,
    doc: 'Refuse every change with 405; the folder may then be mounted read-only.',
  },
  deletes: {
    variable: 'PRATIQUE_REGISTRY_DELETE',
    type: boolean(),
    default: true,
    doc: 'Whether deleting is offered; 405 where not.',
  },
  durable: {
    variable: 'PRATIQUE_REGISTRY_DURABLE',
    type: boolean(),
    default: true,
    doc: 'Whether writes reach the disk before they are answered; without it pushes are quicker, and a power cut may lose some.',
  },
  maxBlobBytes: {
    variable: 'PRATIQUE_REGISTRY_MAX_BLOB_BYTES',
    type: integer({ min: 1 }),
    default: defaultLimits.maxBlobBytes,
    doc: 'Largest blob, in bytes.',
  },
  maxUploads: {
    variable: 'PRATIQUE_REGISTRY_MAX_UPLOADS',
    type: integer({ min: 1, max: 100_000 }),
    default: defaultLimits.maxOpenUploads,
    doc: 'Uploads open at the same time; more are answered 429.',
  },
  uploadIdle: {
    variable: 'PRATIQUE_REGISTRY_UPLOAD_IDLE',
    type: duration({ min: 1_000 }),
    default: defaultLimits.uploadIdleMs,
    doc: 'An upload nobody has touched for this long is removed.',
  },
  requestTime: {
    variable: 'PRATIQUE_REGISTRY_REQUEST_TIME',
    type: duration({ min: 1_000 }),
    default: defaultLimits.requestMs,
    doc: 'Longest time one request may take to arrive.',
  },
  stopTime: {
    variable: 'PRATIQUE_REGISTRY_STOP_TIME',
    type: duration({ max: 600_000 }),
    default: defaultLimits.stopMs,
    doc: 'How long running requests may go on after SIGTERM.',
  },
  garbageEvery: {
    variable: 'PRATIQUE_REGISTRY_GARBAGE_EVERY',
    type: duration({ max: 24 * 86_400_000 }),
    default: 0,
    doc: 'How often blobs nothing refers to are removed while the registry runs; 0: never.',
  },
  garbageGrace: {
    variable: 'PRATIQUE_REGISTRY_GARBAGE_GRACE',
    type: duration(),
    default: 86_400_000,
    doc: 'Blobs younger than this are never removed as garbage.',
  },
  logLevel: {
    variable: 'PRATIQUE_REGISTRY_LOG_LEVEL',
    type: oneOf([...logLevels, 'warning', 'critical']),
    default: 'info' as const,
    doc: 'The least severe entries that are logged; `debug` has a line for every request.',
  },
  logFormat: {
    variable: 'PRATIQUE_REGISTRY_LOG_FORMAT',
    type: oneOf(['json', 'pretty']),
    default: 'json' as const,
    doc: 'One JSON object per line, or lines for people.',
  },
});

type Values = ConfigOf<typeof registrySettings>;

/** What the command needs besides the options of the start. */
export interface RegistryConfig {
  readonly options: RegistryOptions;
  readonly logLevel: Values['logLevel'];
  readonly logFormat: Values['logFormat'];
  readonly stopMs: number;
}

/**
 * Reads the settings.
 *
 * @throws Fault `config-invalid` with every mistake at once
 */
export function readRegistryConfig(
  environment: Environment,
  options: { readonly envFile?: string } = {},
): RegistryConfig {
  const prefixes = ['PRATIQUE_REGISTRY_'];
  const values = readConfig(registrySettings, environment, { ...options, prefixes, check: rules });
  const { tlsCert, tlsKey } = values;
  return {
    options: {
      folder: values.folder,
      host: values.host,
      port: values.port,
      metricsPort: values.metricsPort,
      tls: tlsCert === undefined || tlsKey === undefined ? undefined : { certFile: tlsCert, keyFile: tlsKey },
      usersFile: values.usersFile,
      anonymousPull: values.anonymousPull,
      readOnly: values.readOnly,
      deletes: values.deletes,
      durable: values.durable,
      garbageEveryMs: values.garbageEvery,
      garbageGraceMs: values.garbageGrace,
      limits: {
        maxBlobBytes: values.maxBlobBytes,
        maxOpenUploads: values.maxUploads,
        uploadIdleMs: values.uploadIdle,
        requestMs: values.requestTime,
        stopMs: values.stopTime,
      },
    },
    logLevel: values.logLevel,
    logFormat: values.logFormat,
    stopMs: values.stopTime,
  };
}

function rules({ tlsCert, tlsKey, usersFile, anonymousPull }: Values): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    const missing = tlsCert === undefined ? 'PRATIQUE_REGISTRY_TLS_CERT' : 'PRATIQUE_REGISTRY_TLS_KEY';
    mistakes.push({ variable: missing, why: 'must be set when the other half of the pair is' });
  }
  if (anonymousPull && usersFile === undefined) {
    const why = 'says nothing without PRATIQUE_REGISTRY_USERS: everybody may do everything then';
    mistakes.push({ variable: 'PRATIQUE_REGISTRY_ANONYMOUS_PULL', why });
  }
  return mistakes;
}
