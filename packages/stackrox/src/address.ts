import { isIP } from 'node:net';
import { excerpt } from '@pratique/runtime/fault';
import { parseDatabaseUrl } from './address-url.ts';
import type { AddressPurpose, UrlParts } from './address-url.ts';
import { stackroxFault } from './errors.ts';

/**
 * How the connection is protected. `caFile` is the path of a PEM bundle; without it the system's roots
 * count.
 */
export type CentralTls =
  | { readonly mode: 'disable' }
  | { readonly mode: 'require' | 'verify-ca' | 'verify-full'; readonly caFile?: string; readonly serverName?: string };

/** Where a PostgreSQL database is and who asks. */
export interface CentralAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Empty: none is sent. */
  readonly password: string;
  readonly database: string;
  readonly tls: CentralTls;
}

/**
 * Settings as a person gives them: either `url`, or the split fields. All raw text, nothing percent-encoded
 * but the URL.
 */
export interface DatabaseSettings {
  /** Wins over the split fields when not empty. */
  readonly url?: string;
  readonly host?: string;
  readonly port?: number | string;
  readonly user?: string;
  readonly password?: string;
  readonly name?: string;
  /** `disable`, `require`, `verify-ca` or `verify-full`; what the URL says goes before. */
  readonly sslMode?: string;
  /** Path of the CA bundle; what the URL says goes before. */
  readonly sslRootCert?: string;
  /** Name that the certificate must carry under `verify-full`, if it is not the host. */
  readonly sslServerName?: string;
}

/**
 * Turns the StackRox settings into an address. The URL wins when it is not empty, otherwise the split
 * fields count; passwords may hold any character. Without an `sslmode`, a loopback host is spoken to in
 * plain text and every other host over TLS: Central rejects plain connections, and falling back silently
 * would hide an attack.
 *
 * @throws fault `stackrox-address-invalid`
 * @example
 * resolveCentralAddress({ host: 'central-db.stackrox.svc', user: 'cve_reader', password: 'a@b/c', name:
 * 'central_active' })
 */
export function resolveCentralAddress(settings: DatabaseSettings): CentralAddress {
  return resolve(settings, { label: 'StackRox database', variables: 'STACKROX_DB', code: 'stackrox-address-invalid' });
}

/**
 * The same resolution for any other PostgreSQL database, such as the application's own.
 *
 * @param purpose how messages call the database, and the prefix of its variables
 * @throws fault `database-address-invalid`
 */
export function resolveDatabaseAddress(
  settings: DatabaseSettings,
  purpose: { readonly label: string; readonly variables: string } = {
    label: 'application database',
    variables: 'APP_DB',
  },
): CentralAddress {
  return resolve(settings, { ...purpose, code: 'database-address-invalid' });
}

function resolve(settings: DatabaseSettings, purpose: AddressPurpose): CentralAddress {
  const url = settings.url?.trim() ?? '';
  const parts: UrlParts = url === '' ? splitParts(settings, purpose) : parseDatabaseUrl(url, purpose);
  const host = checkHost(parts.host === '' ? 'localhost' : parts.host, purpose);
  if (parts.database === '') {
    throw invalid(purpose, 'names no database', `Set ${purpose.variables}_NAME, or end the URL in /name.`);
  }
  return {
    host,
    port: checkPort(parts.port, purpose),
    user: parts.user === '' ? 'postgres' : parts.user,
    password: parts.password,
    database: parts.database,
    tls: chooseTls(
      {
        host,
        mode: parts.sslMode ?? settings.sslMode,
        caFile: parts.sslRootCert ?? settings.sslRootCert,
        serverName: settings.sslServerName,
      },
      purpose,
    ),
  };
}

function splitParts(settings: DatabaseSettings, purpose: AddressPurpose): UrlParts {
  for (const [field, value] of Object.entries({
    USER: settings.user,
    PASSWORD: settings.password,
    NAME: settings.name,
  })) {
    if (value?.includes('\u0000')) {
      throw invalid(
        purpose,
        `has a NUL character in ${purpose.variables}_${field}`,
        'Look for a binary or wrongly encoded secret.',
      );
    }
  }
  return {
    host: settings.host?.trim() ?? '',
    port: String(settings.port ?? ''),
    user: settings.user ?? '',
    password: settings.password ?? '',
    database: settings.name ?? '',
  };
}

function checkHost(host: string, purpose: AddressPurpose): string {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  if (bare.startsWith('/')) {
    throw invalid(
      purpose,
      'is addressed by a Unix socket',
      'Give a host name or an IP address; sockets are not supported.',
    );
  }
  if (isIP(bare) === 0 && !/^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252})$/.test(bare)) {
    throw invalid(
      purpose,
      `has an unusable host "${excerpt(host)}"`,
      `Set ${purpose.variables}_HOST to a host name or an IP address.`,
    );
  }
  return bare;
}

function checkPort(port: string, purpose: AddressPurpose): number {
  const number = port === '' ? 5432 : Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    throw invalid(
      purpose,
      `has an unusable port "${excerpt(port)}"`,
      `Set ${purpose.variables}_PORT to a number from 1 to 65535.`,
    );
  }
  return number;
}

interface TlsWish {
  readonly host: string;
  readonly mode?: string;
  readonly caFile?: string;
  readonly serverName?: string;
}

/**
 * libpq's words (PostgreSQL documentation, 34.19 "SSL Support"), without its silent fallback to plain text.
 */
function chooseTls(wish: TlsWish, purpose: AddressPurpose): CentralTls {
  const caFile = wish.caFile === '' || wish.caFile === 'system' ? undefined : wish.caFile;
  const trust = {
    ...(caFile === undefined ? {} : { caFile }),
    ...(wish.serverName ? { serverName: wish.serverName } : {}),
  };
  switch (wish.mode?.trim().toLowerCase() ?? '') {
    // libpq's "try the other way" modes: decided here by the host instead of by whoever answers.
    case '':
    case 'allow':
    case 'prefer':
      if (caFile === undefined) return isLoopback(wish.host) ? { mode: 'disable' } : { mode: 'require', ...trust };
      return { mode: 'verify-ca', ...trust };
    case 'disable':
    case 'false':
      return { mode: 'disable' };
    // As in libpq: asking for TLS and naming a CA means the CA is to be checked.
    case 'require':
    case 'true':
      return { mode: caFile === undefined ? 'require' : 'verify-ca', ...trust };
    case 'verify-ca':
      return { mode: 'verify-ca', ...trust };
    case 'verify-full':
      return { mode: 'verify-full', ...trust };
    default:
      throw invalid(
        purpose,
        `has an unknown sslmode "${excerpt(wish.mode ?? '')}"`,
        'Use disable, require, verify-ca or verify-full.',
      );
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** A fault about an address; never carries the password. */
function invalid(purpose: AddressPurpose, what: string, hint: string): Error {
  return stackroxFault({ code: purpose.code, message: `The ${purpose.label} ${what}.`, hint });
}
