import { describe, expect, it } from 'vitest';
import { digestOf } from './digest.ts';
import { parseManifest } from './manifest.ts';
import type { ImageIndex } from './manifest.ts';
import { ociIndex, ociManifest } from './media-types.ts';
import {
  formatPlatform,
  isImageEntry,
  normalisePlatform,
  parsePlatform,
  platformMatches,
  platformsOf,
  selectPlatform,
} from './platform.ts';

function indexOf(...platforms: string[]): ImageIndex {
  const manifests = platforms.map((name) => {
    const [os = '', architecture = '', variant] = name.split('/');
    return {
      mediaType: ociManifest,
      digest: digestOf(name),
      size: 1,
      platform: { os, architecture, ...(variant && { variant }) },
    };
  });
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests }));
  return parseManifest(bytes, { what: 'the index' }) as ImageIndex;
}

describe('the image for a platform', () => {
  it.each([
    ['linux/amd64', ['linux/arm64', 'linux/amd64'], 'linux/amd64'],
    ['linux/x86_64', ['linux/amd64'], 'linux/amd64'],
    ['linux/arm64', ['linux/arm64/v8'], 'linux/arm64/v8'],
    ['linux/arm64/v8', ['linux/arm64'], 'linux/arm64'],
    ['linux/aarch64', ['linux/arm64'], 'linux/arm64'],
    ['linux/arm', ['linux/arm/v6', 'linux/arm/v7'], 'linux/arm/v7'],
    ['linux/arm/v7', ['linux/arm/v5', 'linux/arm/v6'], 'linux/arm/v6'],
    ['linux/amd64/v3', ['linux/amd64', 'linux/amd64/v2', 'linux/amd64/v4'], 'linux/amd64/v2'],
    ['linux/s390x', ['unknown/unknown', 'linux/s390x'], 'linux/s390x'],
  ])('%s out of %j is %s', (wanted, offered, chosen) => {
    expect(selectPlatform(indexOf(...offered), parsePlatform(wanted), 'app').digest).toBe(digestOf(chosen));
  });

  it.each([
    ['linux/amd64', ['linux/arm64', 'windows/amd64']],
    ['linux/arm/v6', ['linux/arm/v7']],
    ['linux/amd64', ['linux/amd64/v3']],
    ['linux/amd64', []],
    ['unknown/amd64', ['unknown/unknown']],
  ])('%s is not in %j, and what there is gets named', (wanted, offered) => {
    expect(() => selectPlatform(indexOf(...offered), parsePlatform(wanted), 'app')).toThrow(
      expect.objectContaining({ code: 'platform-not-found' }),
    );
  });

  it('is not an attestation about an image', () => {
    const index = indexOf('linux/amd64', 'unknown/unknown');
    expect(platformsOf(index).map(formatPlatform)).toEqual(['linux/amd64']);
    const marked = { ...index.manifests[0]!, annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } };
    expect(isImageEntry(marked)).toBe(false);
  });

  it('needs the version of the system where one is wanted', () => {
    const offered = { os: 'windows', architecture: 'amd64', 'os.version': '10.0.20348.1' };
    expect(platformMatches({ os: 'windows', architecture: 'amd64' }, offered)).toBe(true);
    expect(platformMatches({ os: 'windows', architecture: 'amd64', 'os.version': '10.0.1' }, offered)).toBe(false);
  });

  it('is written as os/architecture[/variant] and nothing else', () => {
    expect(formatPlatform(normalisePlatform({ os: 'Linux', architecture: 'ARM64', variant: 'v8' }))).toBe(
      'linux/arm64',
    );
    for (const text of ['', 'linux', 'linux/', 'a/b/c/d', 'linux/amd 64'])
      expect(() => parsePlatform(text)).toThrow(/not a platform/);
  });
});
