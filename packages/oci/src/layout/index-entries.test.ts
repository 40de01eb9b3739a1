import { describe, expect, it } from 'vitest';
import { digestOf } from '../digest.ts';
import { parseManifest } from '../manifest.ts';
import { ociIndex, ociManifest } from '../media-types.ts';
import { addEntry, annotateEntries, entriesOf, refName, removeTag, tagOf } from './index-entries.ts';
import type { RawEntry } from './index-entries.ts';

const descriptor = (name: string, mediaType = ociManifest) => ({ mediaType, digest: digestOf(name), size: 1 });
const tagged = (name: string, tag: string, more = {}): RawEntry => ({
  ...descriptor(name),
  annotations: { [refName]: tag, ...more },
});
const read = (document: object) =>
  parseManifest(Buffer.from(JSON.stringify({ schemaVersion: 2, ...document })), { what: 'x' });
const image = read({ mediaType: ociManifest, config: descriptor('config'), layers: [] });

describe('the entries of a layout', () => {
  it('give each tag to one manifest', () => {
    const before = [tagged('old', 'v1', { kind: 'x' }), tagged('other', 'v2')];
    const after = addEntry(before, { descriptor: descriptor('new'), manifest: image, tag: 'v1' });
    expect(after.map(tagOf)).toEqual([undefined, 'v2', 'v1']);
    expect(after[0]).toEqual({ ...descriptor('old'), annotations: { kind: 'x' } });
  });

  it('have one without a tag used when the tag comes later', () => {
    const first = addEntry([], { descriptor: descriptor('a'), manifest: image });
    const second = addEntry(first, { descriptor: descriptor('a'), manifest: image, tag: 'v1' });
    expect(second).toEqual([tagged('a', 'v1')]);
    expect(addEntry(second, { descriptor: descriptor('a'), manifest: image })).toEqual(second);
    expect(addEntry(second, { descriptor: descriptor('a'), manifest: image, tag: 'v2' }).map(tagOf)).toEqual([
      'v1',
      'v2',
    ]);
  });

  it('lose the parts of an index unless somebody named them', () => {
    const index = read({ mediaType: ociIndex, manifests: [descriptor('a'), descriptor('b')] });
    const before = [descriptor('a'), tagged('b', 'v1'), descriptor('c')];
    const after = addEntry(before, { descriptor: descriptor('index', ociIndex), manifest: index });
    expect(after.map((entry) => entry.digest)).toEqual([digestOf('b'), digestOf('c'), digestOf('index')]);
  });

  it('can be annotated and untagged without losing what they have', () => {
    const entries = [{ ...tagged('a', 'v1'), 'x-more': 1 }];
    expect(annotateEntries(entries, digestOf('a'), { kind: 'k' })).toEqual([
      { ...tagged('a', 'v1', { kind: 'k' }), 'x-more': 1 },
    ]);
    expect(removeTag(entries, 'v1')).toEqual([{ ...descriptor('a'), 'x-more': 1 }]);
    expect(removeTag(entries, 'v2')).toEqual(entries);
    expect(entriesOf({ manifests: null })).toEqual([]);
  });
});
