/** `registries` (REG-6): how single registries are reached, for all validators. */
import { excerpt } from '@pratique/runtime/fault';
import { durationMs } from './duration.ts';
import { pemLabels, readCertificates, unindented } from './pem.ts';
import type { RegistrySetting } from './policy.ts';
import { RegistrySchema } from './schema.ts';
import type { RegistryText } from './schema.ts';
import type { Section } from './section.ts';

/** Reads one entry; undefined where something is wrong, which has been told then. */
export function readRegistry(section: Section): RegistrySetting | undefined {
  const { value: text, isWhole } = section.readAs(RegistrySchema, 'a registry');
  if (text === undefined) return undefined;
  const isRight = [
    checkHost(section, text),
    checkCa(section, text),
    checkClientCert(section, text),
    checkTimeout(section, text),
    checkInsecure(section, text),
  ];
  const mirrors = readMirrors(section, text);
  if (!isWhole || mirrors === 'wrong' || isRight.includes(false)) return undefined;
  warnOfHttp(section, text);
  const timeoutMs = text.timeout === undefined ? undefined : durationMs(text.timeout);
  return {
    host: text.host.toLowerCase(),
    ...(text.ca === undefined ? {} : { ca: unindented(text.ca) }),
    ...(text.clientCert === undefined
      ? {}
      : { clientCertificate: { certificate: unindented(text.clientCert.cert), key: unindented(text.clientCert.key) } }),
    ...(text.serverName === undefined ? {} : { serverName: text.serverName }),
    ...(text.plainHttp === undefined ? {} : { plainHttp: text.plainHttp }),
    ...(text.allowCredentialsOverHttp === undefined ? {} : { allowCredentialsOverHttp: text.allowCredentialsOverHttp }),
    ...(text.insecureSkipVerify === true ? { insecureSkipVerify: true } : {}),
    ...(mirrors.length === 0 ? {} : { mirrors }),
    ...(text.rateLimit === undefined ? {} : { rateLimit: text.rateLimit }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

/** Hosts that stand twice: which entry counted would depend on their order. */
export function checkSameHosts(sections: readonly Section[]): void {
  const seen = new Set<string>();
  for (const section of sections) {
    const host = section.textAt('host')?.toLowerCase();
    if (host === undefined) continue;
    if (seen.has(host))
      section.error(['host'], {
        code: 'name-duplicate',
        value: host,
        message: `the registry ${excerpt(host, 80)} stands twice`,
        nextStep: 'Make one entry of the two.',
      });
    seen.add(host);
  }
}

const hostForm = /^(?:\*\.)?(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::[1-9]\d{0,4})?$/;

function checkHost(section: Section, { host }: RegistryText): boolean {
  if (host === '' || hostForm.test(host.toLowerCase())) return true;
  section.error(['host'], {
    code: 'value-wrong',
    value: host,
    message: 'host is no name of a registry',
    allowed: 'registry.example.com:5000, or *.example.com for all hosts below',
    nextStep: 'Write host and port only, without https:// and path.',
  });
  return false;
}

function checkCa(section: Section, { ca }: RegistryText): boolean {
  if (ca === undefined || readCertificates(ca).state === 'valid') return true;
  section.error(['ca'], {
    code: 'certificate-unreadable',
    message: 'ca holds no certificates that can be read',
    allowed: 'one or more whole certificates in PEM',
    nextStep: 'Paste the certificate of the authority that signed the one of the registry.',
  });
  return false;
}

function checkClientCert(section: Section, { clientCert }: RegistryText): boolean {
  if (clientCert === undefined) return true;
  const hasKey = pemLabels(clientCert.key).some((label) => label.endsWith('PRIVATE KEY'));
  if (readCertificates(clientCert.cert).state === 'valid' && hasKey) return true;
  section.error(['clientCert'], {
    code: 'certificate-unreadable',
    message: 'clientCert holds no certificate in cert, or no private key in key',
    allowed: 'PEM in both',
    nextStep: 'Paste the certificate (with its chain) in cert and its key in key.',
  });
  return false;
}

function checkTimeout(section: Section, { timeout }: RegistryText): boolean {
  const ms = timeout === undefined ? 1_000 : durationMs(timeout);
  if (ms !== undefined && ms >= 100 && ms <= 30_000) return true;
  section.error(['timeout'], {
    code: 'value-wrong',
    value: timeout,
    message: 'timeout must be between 100ms and 30s, the time an admission review has in all',
    nextStep: 'Write it such as 5s.',
  });
  return false;
}

function checkInsecure(section: Section, { insecureSkipVerify, allowInsecure, ca, host }: RegistryText): boolean {
  if (insecureSkipVerify !== true) return true;
  if (allowInsecure === true && ca === undefined) {
    section.warning(['insecureSkipVerify'], {
      code: 'insecure',
      message: `certificates of ${excerpt(host, 80)} are not checked: anyone on the way can answer in its place`,
      nextStep: 'Give its authority with ca instead.',
    });
    return true;
  }
  const message =
    ca === undefined
      ? 'insecureSkipVerify is refused unless allowInsecure: true stands beside it'
      : 'ca has no effect beside insecureSkipVerify';
  section.error(['insecureSkipVerify'], {
    code: 'insecure',
    message,
    nextStep: 'Remove insecureSkipVerify and give the authority of the registry with ca.',
  });
  return false;
}

function warnOfHttp(section: Section, { host, plainHttp, allowCredentialsOverHttp }: RegistryText): void {
  if (plainHttp !== true) return;
  const secrets = allowCredentialsOverHttp === true ? ', credentials too' : '';
  section.warning(['plainHttp'], {
    code: 'insecure',
    message: `${excerpt(host, 80)} is asked over plain http${secrets}: anyone on the way can read and change it`,
    nextStep: 'Give the registry a certificate.',
  });
}

function readMirrors(section: Section, { mirror }: RegistryText): NonNullable<RegistrySetting['mirrors']> | 'wrong' {
  if (mirror === undefined) return [];
  const all = Array.isArray(mirror) ? mirror : [typeof mirror === 'string' ? mirrorOf(mirror) : mirror];
  if (all.every(({ host }) => hostForm.test(host) && !host.startsWith('*'))) return all;
  section.error(['mirror'], {
    code: 'value-wrong',
    ...(typeof mirror === 'string' ? { value: mirror } : {}),
    message: 'mirror is no name of a registry',
    allowed: 'mirror.example.com:5000, with a path for the prefix of its repositories',
    nextStep: 'Write host and port, without https://.',
  });
  return 'wrong';
}

function mirrorOf(text: string): { readonly host: string; readonly prefix?: string } {
  const slash = text.indexOf('/');
  return slash === -1 ? { host: text } : { host: text.slice(0, slash), prefix: text.slice(slash + 1) };
}
