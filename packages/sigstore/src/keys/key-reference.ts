/** How people say where a key is (`--key`). Only the text is parsed here; fetching is a program's business. */
import { excerpt } from '@pratique/runtime/fault';
import { sigstoreFault } from '../errors.ts';

/** A parsed key reference. */
export type KeyReference =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'url'; readonly url: string; readonly secure: boolean }
  | { readonly kind: 'environment'; readonly name: string }
  | { readonly kind: 'kubernetes'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'kms'; readonly provider: 'aws' | 'gcp' | 'azure' | 'hashivault'; readonly key: string }
  | { readonly kind: 'pkcs11'; readonly uri: string }
  | { readonly kind: 'gitlab'; readonly project: string }
  | { readonly kind: 'github'; readonly repository: string };

const managers = { awskms: 'aws', gcpkms: 'gcp', azurekms: 'azure', hashivault: 'hashivault' } as const;

/**
 * Parses the text of a key reference. Anything without a scheme is a path.
 *
 * @throws Fault `key-reference-invalid` for an unknown scheme or a part that is missing
 */
export function parseKeyReference(text: string): KeyReference {
  if (text === '' || text.includes('\0') || text.length > 4096) throw invalid(text, 'it is empty or no possible name');
  if (text.startsWith('pkcs11:')) return { kind: 'pkcs11', uri: text };
  const [, scheme, rest] = /^([a-z0-9]+):\/\/(.*)$/s.exec(text) ?? [];
  if (scheme === undefined || rest === undefined) return { kind: 'path', path: text };
  if (rest === '') throw invalid(text, `nothing follows ${scheme}://`);
  if (Object.hasOwn(managers, scheme)) {
    return { kind: 'kms', provider: managers[scheme as keyof typeof managers], key: rest };
  }
  switch (scheme) {
    case 'http':
    case 'https':
      return urlReference(text, scheme);
    case 'env':
      return environmentReference(text, rest);
    case 'k8s':
      return kubernetesReference(text, rest);
    case 'gitlab':
      return { kind: 'gitlab', project: rest };
    case 'github':
      return { kind: 'github', repository: rest };
    default:
      throw invalid(text, `the scheme ${scheme}:// is not known`);
  }
}

function urlReference(text: string, scheme: string): KeyReference {
  if (!URL.canParse(text)) throw invalid(text, 'it is not a URL');
  return { kind: 'url', url: text, secure: scheme === 'https' };
}

function environmentReference(text: string, name: string): KeyReference {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw invalid(text, 'after env:// comes the name of a variable');
  return { kind: 'environment', name };
}

// Names as Kubernetes allows them (RFC 1123 subdomain), so that the parts can never leave their place in a path.
function kubernetesReference(text: string, rest: string): KeyReference {
  const [namespace = '', name = '', ...more] = rest.split('/');
  const named = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;
  if (more.length > 0 || !named.test(namespace) || !named.test(name)) {
    throw invalid(text, 'after k8s:// come a namespace, a slash and the name of a Secret');
  }
  return { kind: 'kubernetes', namespace, name };
}

function invalid(text: string, why: string): Error {
  return sigstoreFault({
    code: 'key-reference-invalid',
    message: `The key reference ${excerpt(withoutSecrets(text))} cannot be used: ${why}.`,
    hint: 'Use a path, https://…, env://NAME, k8s://namespace/secret, or a key-management reference such as awskms://…',
    values: { reference: excerpt(withoutSecrets(text)) },
  });
}

// A URL may carry a password before the @.
function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//…@');
}
