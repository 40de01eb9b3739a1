/** From what stands after --key to a key: files, variables, addresses and Kubernetes Secrets. */
import { excerpt, isFault } from '@pratique/runtime/fault';
import { decodeText, readFileBounded } from '@pratique/runtime/limit';
import {
  keyTextLimit,
  openKeyFile,
  parseKeyReference,
  parsePublicKey,
  publicKeyOf,
  signerFor,
  type KeyReference,
  type PublicKey,
  type Signer,
  type SigningChoices,
} from '@pratique/sigstore';
import { cliFault, usageFault } from '../errors.ts';
import { aside } from '../print.ts';
import { looseMode } from './files.ts';
import type { TokenFlags } from './flag-groups.ts';
import { readPassword } from './passwords.ts';
import type { Surroundings } from './surroundings.ts';

/** A public key and the words it was asked for with. */
export interface NamedKey {
  readonly key: PublicKey;
  readonly name: string;
}

/**
 * Opens the private key behind a reference, asking for its password where one is needed.
 *
 * @throws Fault `key-password-wrong`, `file-unreadable`, `key-reference-unsupported` and what reading a key throws
 */
export async function loadSigner(
  reference: string,
  surroundings: Surroundings,
  choices: SigningChoices = {},
): Promise<Signer> {
  const { pem, password } = await privateText(parseKeyReference(reference), reference, surroundings);
  const secret = password ?? (await readPassword(surroundings));
  try {
    return signerFor(await openKeyFile(pem, secret), choices);
  } finally {
    secret.fill(0);
  }
}

/**
 * Reads the public key behind a reference. An encrypted private key is refused with the way to its public half.
 *
 * @throws Fault `public-key-invalid`, `file-unreadable`, `fetch-failed`, `key-reference-unsupported`, …
 */
export async function loadPublicKey(reference: string, surroundings: Surroundings): Promise<NamedKey> {
  const text = await publicText(parseKeyReference(reference), reference, surroundings);
  return { key: parsePublicKey(text), name: excerpt(reference, 120) };
}

/** The public half of whatever the reference names, private or public; for `public-key`. */
export async function loadEitherKey(reference: string, surroundings: Surroundings): Promise<PublicKey> {
  const parsed = parseKeyReference(reference);
  if (parsed.kind === 'kubernetes' || parsed.kind === 'url') return (await loadPublicKey(reference, surroundings)).key;
  const { pem } = await privateText(parsed, reference, surroundings);
  if (!pem.includes('PRIVATE KEY-----')) return parsePublicKey(pem);
  const password = await readPassword(surroundings);
  return publicKeyOf(await openKeyFile(pem, password));
}

/** Hardware tokens are refused with what to use instead. */
export function refuseTokens({ sk, slot }: TokenFlags): void {
  if (sk !== true && slot === undefined) return;
  throw cliFault({
    code: 'key-reference-unsupported',
    message: 'Hardware tokens (--sk, --slot) are not supported.',
    hint: 'Use --key with a file, env://NAME or k8s://namespace/secret.',
  });
}

async function privateText(
  reference: KeyReference,
  text: string,
  surroundings: Surroundings,
): Promise<{ readonly pem: string; readonly password?: Buffer }> {
  switch (reference.kind) {
    case 'path':
      await warnIfLoose(reference.path, surroundings);
      return { pem: await readText(reference.path) };
    case 'environment':
      return { pem: fromVariable(reference.name, surroundings) };
    case 'kubernetes': {
      const { readKeySecret } = await import('./kube-secret.ts');
      const { privatePem, password } = await readKeySecret(reference, surroundings);
      return { pem: privatePem, password };
    }
    case 'url':
      throw usageFault(
        `A private key is not fetched from ${excerpt(text, 120)}.`,
        'Save it as a file that only you may read, or use k8s://namespace/secret.',
      );
    default:
      throw unsupported(text);
  }
}

async function publicText(reference: KeyReference, text: string, surroundings: Surroundings): Promise<string> {
  switch (reference.kind) {
    case 'path':
      return await readText(reference.path);
    case 'environment':
      return fromVariable(reference.name, surroundings);
    case 'kubernetes': {
      const { readPublicSecret } = await import('./kube-secret.ts');
      return await readPublicSecret(reference, surroundings);
    }
    case 'url': {
      const { fetchText } = await import('./fetch-text.ts');
      return await fetchText(reference.url, { what: 'the public key', limitBytes: keyTextLimit, surroundings });
    }
    default:
      throw unsupported(text);
  }
}

async function readText(path: string): Promise<string> {
  const limit = { bytes: keyTextLimit, what: 'the key' };
  return decodeText(await readFileBounded(path, limit), limit.what);
}

async function warnIfLoose(path: string, { say }: Surroundings): Promise<void> {
  // A file that is not there is told by the one who reads it.
  const mode = await looseMode(path).catch(() => undefined);
  if (mode === undefined) return;
  // Public keys are named here too; others may read those.
  const text = await readText(path).catch((error: unknown) => (isFault(error) ? '' : Promise.reject(error)));
  if (!text.includes('PRIVATE KEY-----')) return;
  say(
    aside.warning(
      `Warning: others may read ${excerpt(path, 120)} (mode ${mode}). Run: chmod 600 ${excerpt(path, 120)}`,
    ),
  );
}

function fromVariable(name: string, { env }: Surroundings): string {
  const text = env[name];
  if (text !== undefined && text !== '') return text;
  throw cliFault({
    code: 'variable-missing',
    message: `The variable ${excerpt(name, 80)} of env://${excerpt(name, 80)} is ${text === undefined ? 'not set' : 'empty'}.`,
    hint: 'Set it to the whole PEM text of the key, line breaks included.',
  });
}

/** A reference to a key manager, which is refused naming what works. */
export function unsupported(reference: string): Error {
  return cliFault({
    code: 'key-reference-unsupported',
    message: `${excerpt(reference, 120)} names a key manager, and those are not supported.`,
    hint:
      'Supported are: a file, env://NAME, k8s://namespace/secret, and https://… for public keys. ' +
      'With a key manager sign with its own tool; verify with its exported public key.',
    values: { reference: excerpt(reference, 120) },
  });
}
