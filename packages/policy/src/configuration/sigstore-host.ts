/** `host` of validators: which log is asked and which keys are believed (1.4). */
import { parseTrustedRoot, trustFromPem } from '@pratique/sigstore';
import type { TrustMaterial } from '@pratique/sigstore';
import { isFault } from '@pratique/runtime/fault';
import { pemLabels, readCertificates, unindented } from './pem.ts';
import type { CosignTrust } from './policy.ts';
import type { SigstoreHost } from './schema.ts';
import type { Section } from './section.ts';

/** The public log. */
export const publicRekor = 'https://rekor.sigstore.dev';

/** The Notary server of Docker. */
export const publicNotary = 'https://notary.docker.io';

/** Reads a file of the configuration; the program confines it to the folders it mounts. Undefined where there is none. */
export type ReadText = (path: string) => string | undefined;

/**
 * Reads `host` of a cosign validator.
 *
 * @param section At `host`.
 */
export function readSigstoreHost(
  section: Section,
  host: SigstoreHost,
  readText: ReadText | undefined,
): { readonly rekor: string; readonly trust: CosignTrust } {
  const rekor = host.rekor === undefined ? publicRekor : addressOf(host.rekor);
  if (rekor === undefined)
    section.error(['rekor'], {
      code: 'value-wrong',
      value: host.rekor,
      message: 'unable to create Rekor client: host.rekor is not a usable address',
      allowed: 'an address such as https://rekor.example.com',
      nextStep: 'Correct the address, or remove it for the public log.',
    });
  const trustedRoot = host.trustedRoot === undefined ? undefined : readTrustedRoot(section, host.trustedRoot, readText);
  warnOfReplaced(section, host);
  return {
    rekor: rekor ?? publicRekor,
    trust: {
      ...(trustedRoot === undefined ? {} : { trustedRoot }),
      ...pemPart(section, host, { key: 'rekorPubkey', as: 'rekorKeys', words: 'error adding rekor public key' }),
      ...pemPart(section, host, { key: 'fulcioCert', as: 'fulcioRoots', words: 'invalid fulcio certificate' }),
      ...pemPart(section, host, { key: 'ctLogPubkey', as: 'ctLogKey', words: 'error adding ct log public key' }),
      ...pemPart(section, host, { key: 'tsaCert', as: 'tsaChain', words: 'invalid timestamp authority certificate' }),
    },
  };
}

/**
 * The address of a server, https where no scheme is given, without a slash at its end.
 *
 * @returns undefined where it is none, or holds a name and password, a query or a fragment
 */
export function addressOf(text: string): string | undefined {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (/\s/.test(text) || !URL.canParse(whole)) return undefined;
  const url = new URL(whole);
  const isPlain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!isPlain || url.hostname === '' || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined;
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

interface PemPart {
  readonly key: 'rekorPubkey' | 'fulcioCert' | 'ctLogPubkey' | 'tsaCert';
  readonly as: keyof Omit<CosignTrust, 'trustedRoot'>;
  readonly words: string;
}

function pemPart(section: Section, host: SigstoreHost, { key, as, words }: PemPart): CosignTrust {
  const text = host[key];
  if (text === undefined) return {};
  const pem = unindented(text);
  const problem = pemProblem(key, pem);
  if (problem === undefined) return { [as]: pem };
  const code = key.endsWith('Cert') ? 'certificate-unreadable' : 'key-unreadable';
  const wanted = key.endsWith('Cert') ? 'certificates in PEM' : 'a public key in PEM';
  section.error([key], {
    code,
    message: `${words}: ${problem}`,
    allowed: wanted,
    nextStep: `Paste ${wanted}, the whole file.`,
  });
  return {};
}

function pemProblem(key: PemPart['key'], pem: string): string | undefined {
  const isKey = key.endsWith('Pubkey');
  const labels = pemLabels(pem);
  if (isKey && labels.some((label) => label !== 'PUBLIC KEY')) return 'it holds something else than public keys';
  if (key === 'ctLogPubkey' && labels.length > 1)
    return `it holds ${labels.length} keys, and there must be exactly one`;
  if (!isKey && readCertificates(pem).state === 'invalid') return 'it holds no certificate that can be read';
  try {
    trustFromPem(isKey ? { logKeys: pem } : { certificateAuthorities: pem }, 'the configuration');
    return undefined;
  } catch (error) {
    if (!isFault(error)) throw error;
    return 'it holds nothing that can be read';
  }
}

function readTrustedRoot(
  section: Section,
  text: NonNullable<SigstoreHost['trustedRoot']>,
  readText: ReadText | undefined,
): TrustMaterial | undefined {
  const isPath = typeof text === 'string' && !text.trimStart().startsWith('{');
  const json = typeof text === 'string' ? (isPath ? readText?.(text) : text) : JSON.stringify(text);
  if (json === undefined) {
    section.error(['trustedRoot'], {
      code: 'value-wrong',
      value: text,
      message: 'the file host.trustedRoot names cannot be read',
      allowed: 'the content of trusted_root.json, or the path of a file that is mounted',
      nextStep: 'Mount the file, or write its content here.',
    });
    return undefined;
  }
  try {
    return parseTrustedRoot(Buffer.from(json), isPath ? text : 'host.trustedRoot');
  } catch (error) {
    if (!isFault(error)) throw error;
    section.error(['trustedRoot'], {
      code: 'value-wrong',
      message: error.message.replace(/\.$/, ''),
      nextStep: error.hint,
    });
    return undefined;
  }
}

function warnOfReplaced(section: Section, host: SigstoreHost): void {
  if (host.trustedRoot === undefined) return;
  for (const key of ['rekorPubkey', 'fulcioCert', 'ctLogPubkey', 'tsaCert'] as const)
    if (host[key] !== undefined)
      section.warning([key], {
        code: 'option-ignored',
        message: `host.${key} has no effect beside host.trustedRoot, which replaces it`,
        nextStep: `Remove ${key}.`,
      });
}
