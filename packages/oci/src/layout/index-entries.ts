/** The entries of a layout's `index.json`: image-spec "index.json file". Pure; members nobody here knows stay. */
import type { Descriptor, Manifest } from '../manifest.ts';

/** The annotation that is a tag: image-spec "Pre-Defined Annotation Keys". */
export const refName = 'org.opencontainers.image.ref.name';

/** An entry as it stands in the file. */
export type RawEntry = Readonly<Record<string, unknown>>;

/** The entries of a document, as they stand there. */
export function entriesOf(document: Readonly<Record<string, unknown>>): readonly RawEntry[] {
  return Array.isArray(document.manifests) ? (document.manifests as RawEntry[]) : [];
}

/** The tag of an entry. */
export function tagOf(entry: RawEntry): string | undefined {
  const tag = annotationsOf(entry)[refName];
  return typeof tag === 'string' ? tag : undefined;
}

/**
 * Adds a manifest. Its tag is taken from whatever had it; an entry of the same manifest that has no tag is used again. The manifests
 * an index lists need no entry of their own: other tools would take each for an image.
 */
export function addEntry(
  entries: readonly RawEntry[],
  added: { readonly descriptor: Descriptor; readonly manifest: Manifest; readonly tag?: string },
): readonly RawEntry[] {
  const { descriptor, manifest, tag } = added;
  const children = new Set(manifest.kind === 'index' ? manifest.manifests.map((child) => child.digest) : []);
  const kept = entries
    .filter((entry) => !(children.has(String(entry.digest)) && entry.annotations === undefined))
    .map((entry) => (tag !== undefined && tagOf(entry) === tag ? withoutTag(entry) : entry));
  const same = kept.findIndex((entry) => entry.digest === descriptor.digest && tagOf(entry) === undefined);
  if (same !== -1) return kept.map((entry, at) => (at === same ? withTag(entry, tag) : entry));
  if (tag === undefined && kept.some((entry) => entry.digest === descriptor.digest)) return kept;
  return [...kept, withTag({ ...descriptor }, tag)];
}

/** Sets annotations of all entries of a manifest, beside those they have. */
export function annotateEntries(
  entries: readonly RawEntry[],
  digest: string,
  annotations: Readonly<Record<string, string>>,
): readonly RawEntry[] {
  return entries.map((entry) =>
    entry.digest === digest ? { ...entry, annotations: { ...annotationsOf(entry), ...annotations } } : entry,
  );
}

/** Takes a tag away; the manifest keeps an entry without one. */
export function removeTag(entries: readonly RawEntry[], tag: string): readonly RawEntry[] {
  return entries.map((entry) => (tagOf(entry) === tag ? withoutTag(entry) : entry));
}

function withTag(entry: RawEntry, tag: string | undefined): RawEntry {
  return tag === undefined ? entry : { ...entry, annotations: { ...annotationsOf(entry), [refName]: tag } };
}

function withoutTag(entry: RawEntry): RawEntry {
  const { [refName]: _tag, ...rest } = annotationsOf(entry);
  const { annotations: _annotations, ...bare } = entry;
  return Object.keys(rest).length === 0 ? bare : { ...bare, annotations: rest };
}

function annotationsOf(entry: RawEntry): Readonly<Record<string, unknown>> {
  const { annotations } = entry;
  return typeof annotations === 'object' && annotations !== null ? (annotations as Record<string, unknown>) : {};
}
