/** `key` of a trust root: a key that stands in the configuration, or where it is read from (COS-2). */
import { isFault } from '@pratique/runtime/fault';
import { parseKeyReference, parsePublicKey } from '@pratique/sigstore';
import type { KeyReference, PublicKey } from '@pratique/sigstore';
import { pemLabels, unindented } from './pem.ts';
import type { KeySource } from './policy.ts';
import type { Section } from './section.ts';

/**
 * Reads the key of a cosign trust root.
 *
 * @param section At the trust root.
 * @returns undefined where it is of no use, which has been told then
 */
export function readKeySource(section: Section, key: string, name: string): KeySource | undefined {
  if (looksLikeKey(key)) {
    const inline = readInlineKey(section, key, name);
    return inline === undefined ? undefined : { kind: 'inline', key: inline };
  }
  try {
    return sourceOf(parseKeyReference(key.trim()), section, name);
  } catch (error) {
    if (!isFault(error)) throw error;
    refuse(section, `the key of trust root ${name} cannot be used: ${lowered(error.message)}`, error.hint);
    return undefined;
  }
}

/** Reads a PEM public key; every other kind of text gets told what it is instead. */
export function readInlineKey(section: Section, key: string, name: string): PublicKey | undefined {
  const labels = pemLabels(key);
  if (labels.some((label) => label.includes('PRIVATE KEY'))) {
    const next =
      'Replace it with the public half now, and treat the private key as known to everyone who could read this.';
    refuse(section, `the key of trust root ${name} is a private key`, next);
    return undefined;
  }
  if (labels.length > 1)
    section.warning(['key'], {
      code: 'option-ignored',
      message: `trust root ${name} holds ${labels.length} keys, and only the first counts`,
      nextStep: 'Give each key a trust root of its own, and use trustRoot: "*".',
    });
  try {
    return parsePublicKey(unindented(key));
  } catch (error) {
    if (!isFault(error)) throw error;
    if (labels.includes('PUBLIC KEY') && error.message.includes('no PEM block')) {
      refuse(
        section,
        `the key of trust root ${name} is damaged: lines of its PEM are missing, cut off or mixed`,
        wholeFile,
      );
      return undefined;
    }
    const hint = labels.length === 0 ? wholeFile : inYaml(error.hint);
    refuse(section, `error parsing public key of trust root ${name}: ${lowered(error.message)}`, hint);
    return undefined;
  }
}

const wholeFile = 'Paste the whole file, from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----.';

/** What is no reference: PEM, whole or damaged, and the inner part of it without its lines. */
function looksLikeKey(key: string): boolean {
  const text = key.trim();
  return text.includes('\n') || /-----|BEGIN|PUBLIC KEY/.test(text) || /^[A-Za-z0-9+/]{60,}={0,2}$/.test(text);
}

function sourceOf(reference: KeyReference, section: Section, name: string): KeySource | undefined {
  switch (reference.kind) {
    case 'kubernetes':
      return { kind: 'kubernetes', namespace: reference.namespace, secret: reference.name };
    case 'environment':
      return { kind: 'environment', variable: reference.name };
    case 'path':
      return { kind: 'file', path: reference.path };
    case 'url': {
      if (reference.secure) return { kind: 'url', url: reference.url };
      const message = `the key of trust root ${name} would be read over http, where anyone on the way can replace it`;
      refuse(section, message, 'Use https://, or paste the key.');
      return undefined;
    }
    default: {
      const message = `the key of trust root ${name} is in a ${kindInWords(reference)}, which this version does not ask`;
      const next = 'Print the public key once (cosign public-key --key <reference>) and paste it as PEM.';
      section.error(['key'], { code: 'unsupported', message, allowed: referenceForms, nextStep: next });
      return undefined;
    }
  }
}

const referenceForms = 'a PEM public key, k8s://namespace/secret, env://NAME, https://…, or a path';

function kindInWords(reference: KeyReference): string {
  if (reference.kind === 'kms') return `key management service (${reference.provider})`;
  return reference.kind === 'pkcs11' ? 'hardware token (pkcs11)' : `secret of ${reference.kind}`;
}

function refuse(section: Section, message: string, nextStep: string): void {
  section.error(['key'], { code: 'key-unreadable', message, allowed: referenceForms, nextStep });
}

/** Hints of the library speak of flags of a command. */
function inYaml(hint: string): string {
  return hint.includes('--') && !hint.includes('-----')
    ? 'Paste the public key as PEM (-----BEGIN PUBLIC KEY-----).'
    : hint;
}

function lowered(message: string): string {
  return `${message.charAt(0).toLowerCase()}${message.slice(1).replace(/\.$/, '')}`;
}
