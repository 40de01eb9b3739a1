/** From the image field of a workload to the one form of it (IMG-1 to IMG-5). */
import { dockerHub, formatReference, parseReference } from '@pratique/oci';
import { isFault } from '@pratique/runtime/fault';
import type { CanonicalImage } from './canonical-image.ts';

/** An image string, read. */
export type ParsedImage =
  | { readonly state: 'valid'; readonly image: CanonicalImage }
  | {
      readonly state: 'invalid';
      /** What is wrong, to stand after `invalid image reference …: `; safe to print. */
      readonly problem: string;
    };

const digestForm = 'the digest: it must be sha256: and 64 digits 0-9a-f in lower case';

/**
 * What reads as a name on Docker Hub (`sha256` with a long tag) and is to container runtimes the identifier of an image that a node
 * has already, of whatever registry.
 */
const localIdentifier = /^(?:sha(?:256|384|512):[0-9a-f]+|[0-9a-f]{64})$/;
const identifierProblem =
  'it is the identifier of an image that a node may have, from wherever; name repository and digest';

/** The names of Docker Hub that image strings may use; all others are hosts like any other (IMG-2). */
const dockerHosts = ['index.docker.io', 'docker.io'];

/**
 * Reads an image string. Never throws.
 *
 * It is stricter than the reference where two programs could read one text as two images: upper case, hosts that address
 * parsers rewrite (`0x7f.1`, `10.1`), ports with leading zeros, path components that container runtimes refuse, and identifiers of
 * images on a node.
 *
 * @example
 * parseImage('team/web:2'); // { state: 'valid', image: { name: 'index.docker.io/team/web:2', … } }
 */
export function parseImage(text: string): ParsedImage {
  if (localIdentifier.test(text)) return { state: 'invalid', problem: identifierProblem };
  try {
    const reference = parseReference(text);
    const { host } = partsOf(text);
    const registry = host === undefined || dockerHosts.includes(host) ? dockerHub : host;
    const problem = hostProblem(host) ?? digestProblem(reference.digest);
    if (problem !== undefined) return { state: 'invalid', problem };
    // Other hosts are never rewritten, not even the one that Docker Hub itself answers at.
    const repository = registry === reference.registry ? reference.repository : pathOf(text);
    const { tag, digest } = reference;
    const parts = { registry, repository, ...(tag === undefined ? {} : { tag }), ...(digest ? { digest } : {}) };
    return { state: 'valid', image: { text, ...parts, name: formatReference(parts) } };
  } catch (error) {
    if (!isFault(error)) return { state: 'invalid', problem: 'it cannot be read' };
    const { part, problem } = error.values;
    if (part === 'digest') return { state: 'invalid', problem: digestForm };
    const where = part === 'whole' || typeof part !== 'string' ? '' : `the ${part}: `;
    return { state: 'invalid', problem: `${where}${typeof problem === 'string' ? problem : 'it cannot be read'}` };
  }
}

function partsOf(text: string): { readonly host: string | undefined; readonly path: string } {
  const at = text.indexOf('@');
  const name = at === -1 ? text : text.slice(0, at);
  if (!beginsWithHost(name)) return { host: undefined, path: name };
  const slash = name.indexOf('/');
  return { host: name.slice(0, slash), path: name.slice(slash + 1) };
}

function pathOf(text: string): string {
  return partsOf(text).path.replace(/:[^/]*$/, '');
}

/** Whether what stands before the first slash is a host. */
export function beginsWithHost(name: string): boolean {
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  return /[.:]/.test(first) || first.toLowerCase() === 'localhost';
}

function digestProblem(digest: string | undefined): string | undefined {
  if (digest === undefined || /^sha256:[0-9a-f]{64}$/.test(digest)) return undefined;
  return digestForm;
}

/** Hosts have one spelling, or a rule for one of them would not see the other. */
function hostProblem(host: string | undefined): string | undefined {
  if (host === undefined) return undefined;
  if (/[A-Z]/.test(host)) return 'the registry: it has upper-case letters; it must be lower case';
  const [, name = host, port] = /^(.*?)(?::(\d+))?$/.exec(host) ?? [];
  if (port?.startsWith('0') === true) return 'the registry: its port begins with a zero';
  const isSame = URL.canParse(`https://${name}/`) && new URL(`https://${name}/`).hostname === name;
  return isSame ? undefined : 'the registry: it is not a host name or address in its usual form';
}
