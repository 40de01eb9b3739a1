import type { Command } from 'commander';
import { maskUrls } from '@pratique/runtime/config';
import type { Surroundings } from './surroundings.ts';
import { buildVerb, type Asked } from './verb.ts';

interface EnvFlags {
  readonly showDescriptions: boolean;
  readonly showSensitiveValues?: boolean;
}

/** A variable that a verb of signing reads. */
interface Variable {
  readonly name: string;
  readonly meaning: string;
  readonly isSecret?: boolean;
}

/** Every variable besides those that stand for a flag; signing.md 7.11. */
export const variables: readonly Variable[] = [
  { name: 'COSIGN_PASSWORD', meaning: 'password of the private key, also when empty', isSecret: true },
  {
    name: 'COSIGN_REPOSITORY',
    meaning: 'repository that holds signatures and attestations instead of the one of the image',
  },
  { name: 'COSIGN_DOCKER_MEDIA_TYPES', meaning: '1 writes .sig manifests with Docker media types' },
  { name: 'COSIGN_EXPERIMENTAL', meaning: '1 is needed by --registry-referrers-mode oci-1-1' },
  { name: 'COSIGN_MAX_ATTACHMENT_SIZE', meaning: 'largest attachment that is read, 128MiB without it' },
  { name: 'SIGSTORE_ROOT_FILE', meaning: 'PEM of certificate authorities to believe' },
  { name: 'SIGSTORE_REKOR_PUBLIC_KEY', meaning: 'PEM of the key of a transparency log to believe' },
  { name: 'SIGSTORE_CT_LOG_PUBLIC_KEY_FILE', meaning: 'PEM of the key of a certificate log to believe' },
  { name: 'SIGSTORE_TSA_CERTIFICATE_FILE', meaning: 'PEM chain of a timestamp authority to believe' },
  { name: 'SIGSTORE_ID_TOKEN', meaning: 'identity token for keyless signing', isSecret: true },
  { name: 'TUF_ROOT', meaning: 'folder of fetched trust material, ~/.sigstore/root without it' },
  { name: 'TUF_MIRROR', meaning: 'address trust material is fetched from' },
  { name: 'TUF_ROOT_JSON', meaning: 'file of the first root to believe' },
  { name: 'SOURCE_DATE_EPOCH', meaning: 'seconds since 1970 that count as now in what is written' },
  { name: 'DOCKER_CONFIG', meaning: 'folder of config.json with credentials' },
  { name: 'REGISTRY_AUTH_FILE', meaning: 'file of credentials as podman has it' },
  { name: 'HTTPS_PROXY', meaning: 'proxy for https' },
  { name: 'HTTP_PROXY', meaning: 'proxy for http' },
  { name: 'NO_PROXY', meaning: 'hosts reached without a proxy' },
  { name: 'SSL_CERT_FILE', meaning: 'PEM of authorities that servers may have their certificate from' },
  { name: 'KUBECONFIG', meaning: 'cluster of k8s:// references' },
  { name: 'NO_COLOR', meaning: 'set to anything, nothing is coloured' },
];

/** `pratique env` */
export function command(): Command {
  return buildVerb<EnvFlags>({
    name: 'env',
    summary: 'print the variables that signing reads, and their values',
    groups: [
      {
        title: 'Flags',
        flags: [
          { name: '--show-descriptions', help: 'say what each is for', initial: true },
          { name: '--show-sensitive-values', help: 'print passwords and tokens too', initial: false },
        ],
      },
    ],
    more: `
Every flag can be given as a variable as well: PRATIQUE_<FLAG> or COSIGN_<FLAG>, upper case, with _ for -. The command
line wins over both, the first over the second.

Example:
  $ pratique env --show-descriptions=false`,
    run: runEnv,
  });
}

/** Prints one line per variable, `NAME="value"`; unset ones are empty. */
export async function runEnv({ flags }: Asked<EnvFlags>, { env, out }: Surroundings): Promise<void> {
  for (const { name, meaning, isSecret } of variables) {
    if (flags.showDescriptions) out(`# ${meaning}\n`);
    out(`${name}=${shown(env[name], isSecret === true && flags.showSensitiveValues !== true)}\n`);
  }
}

function shown(value: string | undefined, isHidden: boolean): string {
  if (value === undefined) return '';
  return JSON.stringify(isHidden ? '******' : maskUrls(value));
}
