/** An image in memory with its signatures, and a validator that looks at it. */
import { createMemoryStore, digestOf, mediaTypes } from '@pratique/oci';
import type { ContentStore, Descriptor } from '@pratique/oci';
import type { NotationSettings, Rule, RuleOptions } from '../configuration/policy.ts';
import { parseImage } from '../image/parse-image.ts';
import type { CanonicalImage } from '../image/canonical-image.ts';
import { defaultOptionsForTest } from '../rules/policy-for-test.ts';
import type { ValidatorSurroundings } from '../validators/validator.ts';
import { certificateOf } from './certificates-fixture.ts';
import type { Holder } from './certificates-fixture.ts';
import { signatureType } from './evidence.ts';

/** A rule with these options. */
export function ruleWith(options: Partial<RuleOptions> = {}): Rule {
  return {
    ...{ pattern: '*', index: 0, hash: 'sha256:0', validator: 'default', action: 'enforce', mode: 'mutate' },
    requireDigest: false,
    options: { ...defaultOptionsForTest, ...options },
  } as Rule;
}

/** Settings that trust these certificates under the name `default`, and others under theirs. */
export function settingsTrusting(
  trusted: readonly Holder[],
  timestamps?: readonly Holder[],
  more: Readonly<Record<string, readonly Holder[]>> = {},
): NotationSettings {
  const stamping = timestamps === undefined ? {} : { timestampCertificates: timestamps.map(certificateOf) };
  const roots = [
    ['default', { name: 'default', certificates: trusted.map(certificateOf), ...stamping }] as const,
    ...Object.entries(more).map(
      ([name, holders]) => [name, { name, certificates: holders.map(certificateOf) }] as const,
    ),
  ];
  return { type: 'notation', name: 'release', trustRoots: new Map(roots) };
}

/** An image string that is known to be right. */
export function imageNamed(text: string): CanonicalImage {
  const parsed = parseImage(text);
  if (parsed.state !== 'valid') throw new Error(parsed.problem);
  return parsed.image;
}

/** What validators need, with one store for every image. */
export function surroundingsOf(store: ContentStore, more: Partial<ValidatorSurroundings> = {}): ValidatorSurroundings {
  return {
    repository: () => Promise.resolve(store),
    publicTrust: () => ({ state: 'failed', fault: new Error('none') as never }),
    key: () => ({ state: 'failed', fault: new Error('none') as never }),
    fetch: () => () => Promise.reject(new TypeError('nothing may be asked')),
    login: () => Promise.resolve(undefined),
    ...more,
  };
}

/** A store that keeps one image under the tag `1`, and how signatures are put beside it. */
export async function storeWithImage(options: { readonly keepsReferrers?: boolean } = {}) {
  const store = createMemoryStore({ name: 'reg.test/team/web', ...options });
  const config = await putBlob(store, 'application/vnd.oci.image.config.v1+json', '{}');
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [] };
  const { descriptor } = await store.putManifest({
    ...{ bytes: Buffer.from(JSON.stringify(manifest)), mediaType: mediaTypes.ociManifest, tag: '1' },
  });
  const image = { mediaType: descriptor.mediaType, digest: descriptor.digest, size: descriptor.size };
  return { store, image };
}

/** Stores an envelope as notation does. */
export async function attach(
  store: ContentStore,
  subject: Descriptor,
  envelope: { readonly mediaType: string; readonly bytes: Uint8Array },
): Promise<string> {
  const config = await putBlob(store, signatureType, '{}');
  const layer = await putBlob(store, envelope.mediaType, envelope.bytes);
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer], subject };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return (await store.putManifest({ bytes, mediaType: mediaTypes.ociManifest })).descriptor.digest;
}

async function putBlob(store: ContentStore, mediaType: string, content: string | Uint8Array): Promise<Descriptor> {
  const bytes = Buffer.from(content);
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await store.putBlob({ ...descriptor, open: () => [bytes] });
  return descriptor;
}
