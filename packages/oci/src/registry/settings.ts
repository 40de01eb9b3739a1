/** How registries are reached, by name. Nothing is insecure unless a host is named for it. */
import { isIPv4 } from 'node:net';
import { excerpt } from '@pratique/runtime/fault';
import { ociFault } from '../errors.ts';
import { normaliseRegistry } from '../reference.ts';

/** What is special about one registry. */
export interface RegistryHost {
  /** Exact with port (`registry.lan:5000`), or every host below a name (`*.registry.lan`). */
  readonly host: string;
  /** Speak http only. Without it https, and http only where {@link mayFallBackToHttp} says. */
  readonly plainHttp?: boolean;
  /** Authorities in PEM, trusted beside those of the system: for registry, token server and blob storage alike. */
  readonly ca?: string;
  readonly clientCertificate?: { readonly certificate: string; readonly key: string };
  /** The name the certificate must be for, where it is not the host. */
  readonly serverName?: string;
  /** Do not check this host's certificate at all. */
  readonly insecureSkipVerify?: boolean;
  /** Send credentials although they are not encrypted on the way. Never needed for this machine itself. */
  readonly allowCredentialsOverHttp?: boolean;
  /** Asked in this order before the registry itself, for reading. */
  readonly mirrors?: readonly Mirror[];
}

/** A place that may have what a registry has. */
export interface Mirror {
  /** With port. */
  readonly host: string;
  /** Put before the repository: `proxy-hub` makes `library/alpine` into `proxy-hub/library/alpine`. */
  readonly prefix?: string;
  /** `digests`: asked only for what a digest names, so that an outdated tag of a mirror is never believed (default). `all`: tags too. */
  readonly use?: 'digests' | 'all';
}

/** Proxies, as the usual variables give them; the program reads the environment. */
export interface ProxySettings {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  /** Hosts, suffixes and ports that are reached directly, separated by commas. */
  readonly noProxy?: string;
}

/** Times in milliseconds. */
export interface RegistryTimes {
  readonly connect: number;
  /** Until the header of an answer is there. */
  readonly header: number;
  /** Between two pieces of a body. */
  readonly idle: number;
  /** For the whole of an answer that is kept in memory: manifests, tokens, errors. */
  readonly answer: number;
  /** The slowest a blob may come over its whole length, in bytes per second: against a peer that sends a byte now and then. */
  readonly leastBytesPerSecond: number;
}

export const defaultTimes: RegistryTimes = {
  connect: 10_000,
  header: 30_000,
  idle: 30_000,
  answer: 120_000,
  leastBytesPerSecond: 1_024,
};

/** The settings for a host: the exact entry, else the longest suffix, else nothing special. */
export function settingsFor(host: string, hosts: readonly RegistryHost[]): RegistryHost {
  const name = normaliseRegistry(host);
  const exact = hosts.find((entry) => normaliseRegistry(entry.host) === name);
  if (exact !== undefined) return { ...exact, host: name };
  const suffix = hosts
    .filter((entry) => entry.host.startsWith('*.') && name.endsWith(entry.host.slice(1).toLowerCase()))
    .sort((one, other) => other.host.length - one.host.length)[0];
  return { ...suffix, host: name };
}

/**
 * Whether http may be tried after https failed: only for this machine and private IPv4 addresses, names that no authority
 * certifies. For all others an attacker on the way could force it.
 */
export function mayFallBackToHttp(host: string): boolean {
  const name = hostnameOf(host);
  if (isLoopback(host) || name.endsWith('.local')) return true;
  if (!isIPv4(name)) return false;
  const [a = 0, b = 0] = name.split('.').map(Number);
  return a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168);
}

/** Whether what is sent to this host stays on this machine. */
export function isLoopback(host: string): boolean {
  const name = hostnameOf(host);
  return (
    name === 'localhost' || name.endsWith('.localhost') || name === '::1' || (isIPv4(name) && name.startsWith('127.'))
  );
}

/**
 * Whether the host of an address is one of the network this machine stands in (RFC 3927, RFC 4291 section 2.5.6, also IPv4 written
 * as IPv6): there clouds answer machines with their own secrets, and nobody keeps images.
 *
 * @param hostname As `URL` spells it.
 */
export function isLinkLocal(hostname: string): boolean {
  return hostname.startsWith('169.254.') || /^\[(?:fe[89ab][0-9a-f]:|::ffff:a9fe:)/.test(hostname);
}

/** The host without port and brackets. */
export function hostnameOf(host: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(host)?.[1];
  return bracketed ?? host.replace(/:\d+$/, '');
}

/**
 * Refuses settings nobody can mean, before the first request.
 *
 * @throws Fault `registry-setting-invalid`
 */
export function checkSettings(hosts: readonly RegistryHost[], proxy: ProxySettings | undefined): void {
  for (const entry of hosts) {
    if (entry.host === '' || entry.host === '*.' || entry.host === '*' || /[/\s@]/.test(entry.host))
      throw settingInvalid(
        'host',
        entry.host,
        'Write it as registry.example.com:5000 or *.example.com, without a scheme.',
      );
    if (entry.insecureSkipVerify === true && entry.ca !== undefined)
      throw settingInvalid(`ca for ${entry.host}`, '', 'It has no use beside insecureSkipVerify; remove one of them.');
    for (const mirror of entry.mirrors ?? [])
      if (mirror.host === '' || /[/\s@]/.test(mirror.host))
        throw settingInvalid(`mirror of ${entry.host}`, mirror.host, 'Write host and port, and the path as prefix.');
  }
  for (const [name, value] of Object.entries({ httpProxy: proxy?.httpProxy, httpsProxy: proxy?.httpsProxy }))
    if (value !== undefined && value !== '' && !isProxyAddress(value))
      throw settingInvalid(name, withoutPassword(value), 'Write it as http://proxy.example.com:3128.');
}

/** An address without the password in it, for messages. */
export function withoutPassword(address: string): string {
  return excerpt(address.replace(/\/\/[^/@]*@/, '//…@'), 120);
}

function isProxyAddress(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

function settingInvalid(setting: string, value: string, hint: string): Error {
  return ociFault({
    code: 'registry-setting-invalid',
    message: `The setting ${setting}${value === '' ? '' : ` “${excerpt(value)}”`} cannot be used.`,
    hint,
    values: { setting, value: excerpt(value) },
  });
}
