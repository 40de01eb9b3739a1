/** Flags that several verbs have, with the words of the help. */
import type { Flag, FlagGroup } from './flags.ts';

/** How to reach the registry: signing.md 7.10. */
export const registryFlags: FlagGroup = {
  title: 'Registry',
  flags: [
    { name: '--allow-http-registry', help: 'allow plain http', initial: false },
    { name: '--allow-insecure-registry', help: 'do not check the TLS certificate of the registry', initial: false },
    { name: '--registry-username <name>', help: 'log in with this name …' },
    { name: '--registry-password <text>', help: '… and this password (better: pratique login, or the variable)' },
    { name: '--registry-token <token>', help: 'send this bearer token' },
    { name: '--registry-cacert <file>', help: 'PEM of authorities that the registry may have its certificate from' },
    { name: '--registry-client-cert <file>', help: 'PEM of a client certificate …' },
    { name: '--registry-client-key <file>', help: '… and of its key' },
    { name: '--registry-server-name <name>', help: 'name that the certificate of the registry must have' },
    { name: '--k8s-keychain', help: 'refused: name a file with REGISTRY_AUTH_FILE instead', hidden: true },
  ],
};

/** Values of {@link registryFlags}. */
export interface RegistryFlags {
  readonly allowHttpRegistry?: boolean;
  readonly allowInsecureRegistry?: boolean;
  readonly registryUsername?: string;
  readonly registryPassword?: string;
  readonly registryToken?: string;
  readonly registryCacert?: string;
  readonly registryClientCert?: string;
  readonly registryClientKey?: string;
  readonly registryServerName?: string;
  readonly k8sKeychain?: boolean;
}

/** Where attachments lie besides the image. */
export const attachmentFlags: readonly Flag[] = [
  {
    name: '--attachment-tag-prefix <text>',
    help: 'text before sha256-….sig',
    deprecated: 'bundles have no tag; it still applies to .sig and .att tags',
  },
];

/** Hardware tokens, which are not supported and say so. */
export const tokenFlags: readonly Flag[] = [
  { name: '--sk', help: 'refused: hardware tokens are not supported', hidden: true },
  { name: '--slot <slot>', help: 'refused: hardware tokens are not supported', hidden: true },
];

/** Values of {@link tokenFlags}. */
export interface TokenFlags {
  readonly sk?: boolean;
  readonly slot?: string;
}

/** Writing over something, and answering questions beforehand. */
export const yesFlag: Flag = { name: '-y, --yes', help: 'answer every question with yes', initial: false };

/** The file of the key that signs. */
export const keyFlag: Flag = {
  name: '--key <reference>',
  help: 'private key: a file, env://NAME or k8s://namespace/secret',
};
