/** The grammar of names, tags and digests: distribution-spec 1.1 "Pulling manifests". Strict, because names become paths. */
import { excerpt } from '@pratique/runtime/fault';
import { registryFault } from './errors.ts';
import { fixedLimits } from './limits.ts';

/** A repository name that follows the grammar; only {@link repositoryName} makes one. */
export type RepositoryName = string & { readonly __repository: true };
/** A tag that follows the grammar. */
export type Tag = string & { readonly __tag: true };
/** A digest of a known algorithm in lower-case hex. */
export type Digest = string & { readonly __digest: true };

/** What a manifest may be asked for by. */
export type ManifestName =
  | { readonly kind: 'tag'; readonly tag: Tag }
  | { readonly kind: 'digest'; readonly digest: Digest };

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const namePattern = new RegExp(`^${component}(?:/${component})*$`);
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
/** Length of the hex part by algorithm: the two that the image specification registers. */
const hexLength: Readonly<Record<string, number>> = { sha256: 64, sha512: 128 };

/** @throws Fault `repository-name-invalid` */
export function repositoryName(text: string): RepositoryName {
  if (text.length <= fixedLimits.nameLength && namePattern.test(text)) return text as RepositoryName;
  throw registryFault({
    code: 'repository-name-invalid',
    message: `"${excerpt(text)}" is not a repository name.`,
    hint: `Use lower-case letters, digits, and single . _ - inside parts separated by /; at most ${fixedLimits.nameLength} characters.`,
    values: { name: excerpt(text) },
  });
}

/** The tag, or undefined where the text is none. */
export function readTag(text: string): Tag | undefined {
  return tagPattern.test(text) ? (text as Tag) : undefined;
}

/** The digest, or undefined where the text is none of a known algorithm. */
export function readDigest(text: string): Digest | undefined {
  const [, algorithm = '', hex = ''] = /^([a-z0-9]+):([a-f0-9]+)$/.exec(text) ?? [];
  return Object.hasOwn(hexLength, algorithm) && hexLength[algorithm] === hex.length ? (text as Digest) : undefined;
}

/** @throws Fault `content-digest-invalid` */
export function digest(text: string): Digest {
  const found = readDigest(text);
  if (found !== undefined) return found;
  throw registryFault({
    code: 'content-digest-invalid',
    message: `"${excerpt(text)}" is not a digest.`,
    hint: 'A digest is sha256: and 64, or sha512: and 128, lower-case hexadecimal digits.',
    values: { digest: excerpt(text) },
  });
}

/**
 * What a path names: a digest when it holds a colon (no tag can), else a tag; undefined where it can be neither, so that
 * reading answers "unknown" and writing says what a tag is.
 *
 * @throws Fault `content-digest-invalid` for something with a colon that is no digest
 */
export function manifestName(text: string): ManifestName | undefined {
  if (text.includes(':')) return { kind: 'digest', digest: digest(text) };
  const tag = readTag(text);
  return tag === undefined ? undefined : { kind: 'tag', tag };
}

/** Algorithm and hex of a digest. */
export function partsOf(whole: Digest): { readonly algorithm: 'sha256' | 'sha512'; readonly hex: string } {
  const [algorithm, hex] = whole.split(':') as ['sha256' | 'sha512', string];
  return { algorithm, hex };
}

/** The order of lists: case-insensitive, as distribution-spec 1.1 "Listing Tags" says, and by bytes where that ties. */
export function compareNames(left: string, right: string): number {
  const [a, b] = [left.toLowerCase(), right.toLowerCase()];
  if (a !== b) return a < b ? -1 : 1;
  return left < right ? -1 : Number(left > right);
}
