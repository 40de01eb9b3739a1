/** Which entry of an index is for which machine. Rules of variants: image-spec "Platform Variants" and what container runtimes do. */
import { excerpt } from '@pratique/runtime/fault';
import { ociFault } from './errors.ts';
import type { Descriptor, ImageIndex, Platform } from './manifest.ts';

/** Other names of architectures, as `uname` and older tools write them. */
const architectures: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armhf: 'arm',
  armel: 'arm',
  i386: '386',
};

/**
 * Reads `os/architecture[/variant]`, as `--platform` takes it.
 *
 * @throws Fault `reference-invalid`
 */
export function parsePlatform(text: string): Platform {
  const parts = text.split('/');
  const [os, architecture, variant] = parts;
  if (
    parts.length > 3 ||
    os === undefined ||
    architecture === undefined ||
    !parts.every((part) => /^[\w.:-]+$/.test(part))
  )
    throw ociFault({
      code: 'reference-invalid',
      message: `“${excerpt(text)}” is not a platform.`,
      hint: 'Write it as linux/amd64 or linux/arm/v7.',
      values: { platform: excerpt(text), part: 'platform' },
    });
  return normalisePlatform({ os, architecture, ...(variant === undefined ? {} : { variant }) });
}

/** `linux/arm/v7`. */
export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter((part) => part !== undefined).join('/');
}

/** The one spelling of a platform: lower case, usual names of architectures, defaults of variants left out or filled in. */
export function normalisePlatform(platform: Platform): Platform {
  const os = platform.os.toLowerCase();
  const written = platform.architecture.toLowerCase();
  const architecture = architectures[written] ?? written;
  const variant = normaliseVariant(written, architecture, platform.variant?.toLowerCase());
  const version = platform['os.version'];
  return {
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    ...(version === undefined ? {} : { 'os.version': version }),
  };
}

/** Whether an image for `offered` runs on `wanted`. A wanted member that is absent matches anything. */
export function platformMatches(wanted: Platform, offered: Platform): boolean {
  return rank(normalisePlatform(wanted), normalisePlatform(offered)) !== undefined;
}

/**
 * The entry of an index for a platform: the exact variant first, for arm the next lower one that runs there. Entries that are no
 * images (attestations carry `unknown/unknown`) never match.
 *
 * @throws Fault `platform-not-found`, listing what there is
 */
export function selectPlatform(index: ImageIndex, wanted: Platform, what: string): Descriptor {
  const wish = normalisePlatform(wanted);
  let best: { entry: Descriptor; rank: number } | undefined;
  for (const entry of index.manifests) {
    if (entry.platform === undefined) continue;
    const found = rank(wish, normalisePlatform(entry.platform));
    if (found !== undefined && (best === undefined || found < best.rank)) best = { entry, rank: found };
  }
  if (best !== undefined) return best.entry;
  const offered = platformsOf(index).map(formatPlatform);
  throw ociFault({
    code: 'platform-not-found',
    message: `${what} has no image for ${formatPlatform(wish)}.`,
    hint: offered.length === 0 ? 'Its index names no platforms.' : `It has ${offered.slice(0, 20).join(', ')}.`,
    values: { what, platform: formatPlatform(wish), offered },
  });
}

/** The platforms an index is for, without entries that are no images. */
export function platformsOf(index: ImageIndex): readonly Platform[] {
  return index.manifests.flatMap((entry) =>
    isImageEntry(entry) && entry.platform !== undefined ? [entry.platform] : [],
  );
}

/** Whether an entry of an index is an image: build attestations are marked and have the platform `unknown/unknown`. */
export function isImageEntry(entry: Descriptor): boolean {
  if (entry.annotations?.['vnd.docker.reference.type'] !== undefined) return false;
  return entry.platform?.os !== 'unknown' || entry.platform.architecture !== 'unknown';
}

function normaliseVariant(written: string, architecture: string, variant: string | undefined): string | undefined {
  // arm without a variant means v7, arm64 means v8, amd64 means v1: what container runtimes assume.
  if (architecture === 'arm') return withV(variant ?? (written === 'armel' ? 'v6' : 'v7'));
  if (architecture === 'arm64') return variant === undefined || withV(variant) === 'v8' ? undefined : withV(variant);
  if (architecture === 'amd64') return variant === undefined || variant === 'v1' ? undefined : variant;
  return variant;
}

function withV(variant: string): string {
  return /^\d/.test(variant) ? `v${variant}` : variant;
}

/** How far `offered` is from `wanted`, 0 is exact; undefined when it does not run there. Both are normalised. */
function rank(wanted: Platform, offered: Platform): number | undefined {
  if (wanted.os !== offered.os || wanted.architecture !== offered.architecture) return undefined;
  if (wanted['os.version'] !== undefined && wanted['os.version'] !== offered['os.version']) return undefined;
  if (wanted.variant === offered.variant) return 0;
  const [have, need] = [level(wanted), level(offered)];
  return have === undefined || need === undefined || need > have ? undefined : have - need;
}

/** The number of a variant whose higher levels run programs of the lower ones. */
function level(platform: Platform): number | undefined {
  const base: Readonly<Record<string, string>> = { amd64: 'v1', arm64: 'v8' };
  const match = /^v(\d+)$/.exec(platform.variant ?? base[platform.architecture] ?? '');
  return match === null ? undefined : Number(match[1]);
}
