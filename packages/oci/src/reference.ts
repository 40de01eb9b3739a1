/**
 * Names of images as people type them, `[host[:port]/]path[:tag][@algorithm:hex]`. Grammar: distribution-spec "Pulling
 * manifests", and what docker and cosign accept: the first component is a host when it has a dot or a colon or is
 * `localhost`; everything else is on Docker Hub, where a single name lives under `library/`.
 */
import { excerpt } from '@pratique/runtime/fault';
import { isDigest } from './digest.ts';
import { ociFault } from './errors.ts';

/** A parsed, normalised image reference. */
export interface Reference {
  /** Host with port as the registry is known in signatures: `index.docker.io`, `registry.example.com:5000`. */
  readonly registry: string;
  /** Path without host: `library/alpine`. */
  readonly repository: string;
  /** Absent when only a digest was given; `latest` when neither was given. */
  readonly tag?: string;
  /** `sha256:…` or `sha512:…`; wins over the tag. */
  readonly digest?: string;
}

/** Docker Hub as signatures and credentials know it. */
export const dockerHub = 'index.docker.io';

/** Names under which the same Docker Hub is written. */
export const dockerHubAliases: readonly string[] = ['index.docker.io', 'docker.io', 'registry-1.docker.io'];

/** Longest accepted name: registries stop at 255 for the repository, hosts at 255, a tag at 128, a digest at 135. */
const longest = 1024;
const longestRepository = 255;

const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const hostPattern =
  /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)(?::(\d{1,5}))?$/;
/** distribution-spec "Pulling manifests": components of `[a-z0-9]+` joined by `.`, `_`, `__` or dashes. */
const componentPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

/**
 * Reads a name of an image.
 *
 * @throws Fault `reference-invalid`, naming the part that is wrong
 *
 * @example
 * parseReference('alpine:3.22'); // { registry: 'index.docker.io', repository: 'library/alpine', tag: '3.22' }
 */
export function parseReference(text: string): Reference {
  if (text === '') throw invalid(text, 'whole', 'it is empty');
  if (text.length > longest) throw invalid(text, 'whole', `it is longer than ${longest} characters`);
  if (/\s/.test(text)) throw invalid(text, 'whole', 'it contains white space');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text))
    throw invalid(text, 'registry', 'it begins with a scheme; write it without https:// or docker://');
  const { name, tag, digest } = cut(text);
  const { registry, path } = splitHost(name);
  checkHost(text, registry);
  const repository = registry === dockerHub && path !== '' && !path.includes('/') ? `library/${path}` : path;
  checkRepository(text, repository);
  if (tag !== undefined && !tagPattern.test(tag)) throw invalid(text, 'tag', tagProblem(tag));
  if (digest !== undefined && !isDigest(digest))
    throw invalid(text, 'digest', 'it must be sha256: and 64, or sha512: and 128, digits 0-9a-f in lower case');
  if (digest === undefined) return { registry, repository, tag: tag ?? 'latest' };
  return tag === undefined ? { registry, repository, digest } : { registry, repository, tag, digest };
}

/**
 * Reads the name of a repository, where neither tag nor digest may stand.
 *
 * @throws Fault `reference-invalid`
 */
export function parseRepository(text: string): Pick<Reference, 'registry' | 'repository'> {
  const { tag, digest } = cut(text);
  if (tag !== undefined) throw invalid(text, 'tag', 'a repository is named without a tag');
  if (digest !== undefined) throw invalid(text, 'digest', 'a repository is named without a digest');
  const { registry, repository } = parseReference(text);
  return { registry, repository };
}

/** The full name, `registry/repository[:tag][@digest]`; reading it again gives the same reference. */
export function formatReference(reference: Reference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${repositoryName(reference)}${tag}${digest}`;
}

/** `registry/repository`, as signatures name an image. */
export function repositoryName(reference: Pick<Reference, 'registry' | 'repository'>): string {
  return `${reference.registry}/${reference.repository}`;
}

/** What a store is asked for: the digest, else the tag, else `latest`. */
export function referenceTarget(reference: Reference): string {
  return reference.digest ?? reference.tag ?? 'latest';
}

/** The same repository, pinned to a digest and without the tag. */
export function withDigest(reference: Pick<Reference, 'registry' | 'repository'>, digest: string): Reference {
  return { registry: reference.registry, repository: reference.repository, digest };
}

/** Whether `text` can be a tag. */
export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** The name of a registry in its one spelling: lower case, Docker Hub's aliases made one. */
export function normaliseRegistry(host: string): string {
  const lower = host.toLowerCase();
  return dockerHubAliases.includes(lower) ? dockerHub : lower;
}

interface Cut {
  readonly name: string;
  readonly tag?: string;
  readonly digest?: string;
}

function cut(text: string): Cut {
  const at = text.indexOf('@');
  const digest = at === -1 ? undefined : text.slice(at + 1);
  const rest = at === -1 ? text : text.slice(0, at);
  // A colon after the last slash begins a tag; one before it belongs to the port.
  const colon = rest.indexOf(':', rest.lastIndexOf('/') + 1);
  return colon === -1 ? { name: rest, digest } : { name: rest.slice(0, colon), tag: rest.slice(colon + 1), digest };
}

function splitHost(name: string): { registry: string; path: string } {
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const isHost = /[.:]/.test(first) || first.toLowerCase() === 'localhost' || (slash === 0 && first === '');
  return isHost
    ? { registry: normaliseRegistry(first), path: name.slice(slash + 1) }
    : { registry: dockerHub, path: name };
}

function checkHost(text: string, registry: string): void {
  if (registry.length > 255) throw invalid(text, 'registry', 'a host has at most 255 characters');
  const match = hostPattern.exec(registry);
  if (match === null)
    throw invalid(text, 'registry', `“${excerpt(registry)}” is not a host name with an optional port`);
  const port = match[1];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535))
    throw invalid(text, 'registry', `${port} is not a port between 1 and 65535`);
}

function checkRepository(text: string, repository: string): void {
  if (repository === '') throw invalid(text, 'repository', 'it is missing after the registry');
  if (repository.length > longestRepository)
    throw invalid(text, 'repository', `it is longer than ${longestRepository} characters`);
  const wrong = repository.split('/').find((component) => !componentPattern.test(component));
  if (wrong === undefined) return;
  if (wrong === '') throw invalid(text, 'repository', 'it has an empty part between two slashes or at an end');
  if (/[A-Z]/.test(wrong))
    throw invalid(text, 'repository', `“${excerpt(wrong)}” has upper-case letters; it must be lower case`);
  throw invalid(text, 'repository', `“${excerpt(wrong)}” may hold only a-z, 0-9 and single . _ - between them`);
}

function tagProblem(tag: string): string {
  if (tag === '') return 'it is empty after the colon';
  if (tag.length > 128) return 'it is longer than 128 characters';
  return `“${excerpt(tag)}” may hold only letters, digits and . _ -, and begins with a letter, a digit or _`;
}

function invalid(text: string, part: 'whole' | 'registry' | 'repository' | 'tag' | 'digest', problem: string): Error {
  const what = part === 'whole' ? 'The image name' : `The ${part} in the image name`;
  return ociFault({
    code: 'reference-invalid',
    message: `${what} “${excerpt(text, 120)}” cannot be read: ${problem}.`,
    hint: 'Write it as registry.example.com:5000/team/app:tag or …/team/app@sha256:<64 digits>.',
    values: { reference: excerpt(text, 300), part, problem },
  });
}
