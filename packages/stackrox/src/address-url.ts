import { excerpt } from '@pratique/runtime/fault';
import { stackroxFault } from './errors.ts';
import { limits } from './limits.ts';

/** Which database is being addressed, for messages. */
export interface AddressPurpose {
  readonly label: string;
  /** Prefix of the environment variables, such as `STACKROX_DB`. */
  readonly variables: string;
  readonly code: 'stackrox-address-invalid' | 'database-address-invalid';
}

/** The parts of a connection URL, decoded. Absent parts are empty. */
export interface UrlParts {
  readonly host: string;
  readonly port: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly sslMode?: string;
  readonly sslRootCert?: string;
}

/**
 * `postgres://`, `postgresql://`, and SQLAlchemy's `postgresql+driver://`, whose suffix means nothing here.
 */
const scheme = /^postgres(?:ql)?(?:\+[a-z0-9_]+)?:\/\//i;

/**
 * What may follow the user and the password: `host:port/database?key=value&...`. Strict, so that a password
 * in a URL without `@host` is not taken for a port or a host, and repeated in a message about it.
 */
const location =
  /^(?<host>\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9_][A-Za-z0-9._-]*)?)(?::(?<port>\d*))?(?:\/(?<database>[^@/?#]*))?(?:\?(?<query>(?:[A-Za-z_]+=[^&#]*)?(?:&[A-Za-z_]+=[^&#]*)*))?$/;

/**
 * Takes a connection URL apart. Passwords should be percent-encoded; one that is not is understood as long
 * as it is unambiguous: the first `@` behind which a complete `host:port/database?options` follows ends it.
 * Node's `URL` would refuse such a URL or, worse, cut the password at `#`, `?` or `/` and connect
 * elsewhere.
 *
 * @throws fault with `purpose.code`; its message never holds the URL, since that holds the password
 */
export function parseDatabaseUrl(url: string, purpose: AddressPurpose): UrlParts {
  const prefix = scheme.exec(url)?.[0];
  if (prefix === undefined) {
    const found = /^[A-Za-z][A-Za-z0-9+.-]{0,30}(?=:\/\/)/.exec(url)?.[0];
    throw invalid(
      purpose,
      found === undefined
        ? 'does not begin with postgresql://'
        : `begins with "${excerpt(found)}://", not with postgresql://`,
    );
  }
  if (url.length > limits.addressCharacters)
    throw invalid(purpose, `is longer than ${limits.addressCharacters} characters`);
  const rest = url.slice(prefix.length);
  const cut = credentialsEnd(rest);
  if (cut === undefined) {
    throw invalid(purpose, 'cannot be taken apart into user:password@host:port/database');
  }
  const credentials = cut === 0 ? '' : rest.slice(0, cut - 1);
  const found = location.exec(rest.slice(cut))?.groups ?? {};
  if (Number(found['port'] ?? 0) > 65_535) throw invalid(purpose, 'has a port beyond 65535');
  const colon = credentials.indexOf(':');
  return {
    host: found['host'] ?? '',
    port: found['port'] ?? '',
    user: decode(colon === -1 ? credentials : credentials.slice(0, colon), 'user', purpose),
    password: colon === -1 ? '' : decode(credentials.slice(colon + 1), 'password', purpose),
    database: decode(found['database'] ?? '', 'database name', purpose),
    ...readOptions(found['query'] ?? '', purpose),
  };
}

/**
 * Where the host begins: behind the first `@` that a complete location follows; 0 without credentials;
 * undefined if nothing fits.
 */
function credentialsEnd(rest: string): number | undefined {
  for (let at = rest.indexOf('@'); at !== -1; at = rest.indexOf('@', at + 1)) {
    if (location.test(rest.slice(at + 1))) return at + 1;
  }
  return location.test(rest) ? 0 : undefined;
}

/**
 * Percent-decodes one part. A part without any valid escape is taken as it is, so a raw `50%off` works; a
 * mixture of both is refused, because either reading may be the wrong password.
 */
function decode(text: string, part: string, purpose: AddressPurpose): string {
  const stray = /%(?![0-9A-Fa-f]{2})/.test(text);
  const escaped = /%[0-9A-Fa-f]{2}/.test(text);
  if (stray && escaped) throw invalid(purpose, `has a ${part} with both percent escapes and a bare "%"`);
  if (stray || !escaped) return text;
  try {
    const decoded = decodeURIComponent(text);
    if (!decoded.includes('\u0000')) return decoded;
  } catch {
    // Falls through to the fault: %FF and the like are no UTF-8.
  }
  throw invalid(purpose, `has a ${part} whose percent escapes are not UTF-8 text`);
}

/**
 * `sslmode` (asyncpg calls it `ssl`) and `sslrootcert`; options of other drivers mean nothing here and are
 * passed over.
 */
function readOptions(query: string, purpose: AddressPurpose): Pick<UrlParts, 'sslMode' | 'sslRootCert'> {
  const options: { sslMode?: string; sslRootCert?: string } = {};
  for (const pair of query === '' ? [] : query.split('&')) {
    const equals = pair.indexOf('=');
    const key = pair.slice(0, equals).toLowerCase();
    const value = decode(pair.slice(equals + 1), `option ${excerpt(key)}`, purpose);
    if (key === 'sslmode' || key === 'ssl') options.sslMode = value;
    if (key === 'sslrootcert') options.sslRootCert = value;
    if (key === 'sslcert' || key === 'sslkey')
      throw invalid(purpose, `asks for a client certificate (${key}), which is not supported`);
  }
  return options;
}

function invalid(purpose: AddressPurpose, what: string): Error {
  return stackroxFault({
    code: purpose.code,
    message: `The URL of the ${purpose.label} ${what}.`,
    hint: `Write ${purpose.variables}_URL as postgresql://user:password@host:5432/database with the password percent-encoded (@ is %40, / is %2F, % is %25), or leave it empty and use ${purpose.variables}_HOST, _PORT, _USER, _PASSWORD and _NAME, where any character may stand as it is.`,
  });
}
