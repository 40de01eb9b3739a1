/** What a path of the API names. */
import type { Kind } from './kinds.ts';

/** An object, or all of a kind, with the part of it that is meant. */
export interface Address {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** Reads `/api/v1/…` and `/apis/<group>/<version>/…`; undefined for paths of no kind that is known. */
export function addressOf(path: string, kinds: readonly Kind[]): Address | undefined {
  const parts = path.split('/').slice(1).map(decodeURIComponent);
  const core = parts[0] === 'api';
  if (!core && parts[0] !== 'apis') return undefined;
  const group = core ? '' : (parts[1] ?? '');
  const version = parts[core ? 1 : 2];
  const rest = parts.slice(core ? 2 : 3);
  // /namespaces/x/pods is about pods, /namespaces/x and /namespaces/x/status about the namespace.
  const within = rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status';
  const [plural, name, subresource, more] = within ? rest.slice(2) : rest;
  const kind = kinds.find((one) => one.group === group && one.version === version && one.plural === plural);
  if (kind === undefined || more !== undefined || (within && !kind.namespaced)) return undefined;
  if (subresource !== undefined && !kind.subresources.includes(subresource)) return undefined;
  return { kind, namespace: within ? rest[1] : undefined, name: name === '' ? undefined : name, subresource };
}
