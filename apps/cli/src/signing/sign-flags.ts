/** Flags that signing verbs share: keyless identity, services, logs. */
import { usageFault } from '../errors.ts';
import { keyFlag, tokenFlags, yesFlag, type TokenFlags } from './flag-groups.ts';
import type { Flag, FlagGroup } from './flags.ts';

/** Values of the flags about services and identity. */
export interface ServiceFlags {
  readonly fulcioUrl: string;
  readonly rekorUrl: string;
  readonly oidcIssuer: string;
  readonly timestampServerUrl?: string;
  readonly timestampClientCacert?: string;
  readonly timestampClientCert?: string;
  readonly timestampClientKey?: string;
  readonly timestampServerName?: string;
  readonly identityToken?: string;
  readonly oidcClientId: string;
  readonly oidcClientSecretFile?: string;
  readonly oidcRedirectUrl?: string;
  readonly oidcProvider?: string;
  readonly oidcDisableAmbientProviders?: boolean;
  readonly fulcioAuthFlow?: string;
  readonly useSigningConfig?: boolean;
  readonly signingConfig?: string;
  readonly trustedRoot?: string;
  readonly tlogUpload: boolean;
  readonly insecureSkipVerify?: boolean;
  readonly issueCertificate?: boolean;
}

/** Values of the flags about the key. */
export interface SigningKeyFlags extends TokenFlags {
  readonly key?: string;
  readonly certificate?: string;
  readonly certificateChain?: string;
  readonly signatureDigestAlgorithm?: 'sha224' | 'sha256' | 'sha384' | 'sha512';
  readonly yes?: boolean;
}

/** What signs. */
export const signingKeyFlags: readonly Flag[] = [
  keyFlag,
  yesFlag,
  { name: '--certificate <file>', help: 'PEM of a certificate for the key, stored with the signature' },
  { name: '--certificate-chain <file>', help: 'PEM of its intermediates and root' },
  {
    name: '--signature-digest-algorithm <name>',
    help: 'digest under the signature instead of the usual one of the key',
    choices: ['sha224', 'sha256', 'sha384', 'sha512'],
  },
  ...tokenFlags,
];

/** Logs, timestamps and where their addresses come from. */
export const serviceFlags: FlagGroup = {
  title: 'Log and timestamps',
  flags: [
    {
      name: '--tlog-upload',
      help: 'record the signature in a transparency log; =false where none can be reached or wanted',
      initial: true,
    },
    { name: '--rekor-url <url>', help: 'the log', initial: 'https://rekor.sigstore.dev' },
    { name: '--timestamp-server-url <url>', help: 'RFC 3161 authority to time-stamp the signature' },
    { name: '--timestamp-client-cacert <file>', help: 'PEM of authorities for that server' },
    { name: '--timestamp-client-cert <file>', help: 'PEM of a client certificate for that server …' },
    { name: '--timestamp-client-key <file>', help: '… and of its key' },
    { name: '--timestamp-server-name <name>', help: 'name its certificate must have' },
    { name: '--signing-config <file>', help: 'addresses of all services as one file' },
    {
      name: '--use-signing-config',
      help: 'take the addresses from the trust material that was fetched',
      initial: false,
    },
    { name: '--trusted-root <file>', help: 'check the new signature against this trusted_root.json' },
  ],
};

/** Signing without a key. */
export const keylessFlags: FlagGroup = {
  title: 'Without a key (keyless)',
  flags: [
    { name: '--identity-token <text>', help: 'identity token, or a file of it' },
    { name: '--fulcio-url <url>', help: 'the certificate authority', initial: 'https://fulcio.sigstore.dev' },
    { name: '--oidc-issuer <url>', help: 'who vouches for the identity', initial: 'https://oauth2.sigstore.dev/auth' },
    { name: '--oidc-client-id <id>', help: 'name of this program there', initial: 'sigstore' },
    { name: '--oidc-client-secret-file <file>', help: 'its secret' },
    { name: '--oidc-redirect-url <url>', help: 'address the browser comes back to' },
    { name: '--oidc-provider <name>', help: 'which ambient provider to ask: github-actions, filesystem, …' },
    { name: '--oidc-disable-ambient-providers', help: 'do not look for a token in the environment', initial: false },
    { name: '--fulcio-auth-flow <flow>', help: 'normal, device, token or client_credentials' },
    { name: '--issue-certificate', help: 'get a certificate although a key is given', hidden: true },
    { name: '--insecure-skip-verify', help: 'do not check the promise inside the new certificate', initial: false },
  ],
};

/** What the flags about the log come to. */
export type LogChoice = 'none' | 'url' | 'signing-config';

/**
 * Whether and where a signature is recorded: in the log of the flags unless switched off, as cosign does, because whoever
 * verifies with cosign demands the entry unless told otherwise.
 *
 * @throws Fault `usage` where flags contradict each other
 */
export function chooseLog(
  flags: Pick<ServiceFlags, 'tlogUpload' | 'signingConfig' | 'useSigningConfig'>,
  isGiven: (key: string) => boolean,
): LogChoice {
  const usesConfig = flags.signingConfig !== undefined || flags.useSigningConfig === true;
  if (usesConfig) {
    const clash = ['tlogUpload', 'rekorUrl', 'fulcioUrl', 'timestampServerUrl', 'oidcIssuer'].find(isGiven);
    if (clash !== undefined) {
      throw usageFault(
        `--${clash.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} is not supported with --signing-config or --use-signing-config.`,
        'The file names all services. For no log at all: leave both away and give --tlog-upload=false.',
      );
    }
    return 'signing-config';
  }
  return flags.tlogUpload ? 'url' : 'none';
}
