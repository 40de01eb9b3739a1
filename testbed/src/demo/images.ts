/** The images of the demonstration: each stands for one answer that a verifier can give. */
import type { ContentStore } from '@pratique/oci';
import { signImage } from '@pratique/sigstore';
import type { Signer } from '@pratique/sigstore';
import { buildImage, buildIndex, pushImage, pushIndex } from '../images/build-image.ts';
import type { BuiltImage } from '../images/build-image.ts';

/** What the images are made with. */
export interface DemoImageWork {
  /** Host and port of the registry as it stands in references. */
  readonly registry: string;
  store(repository: string): ContentStore;
  /** The team's key, and one of somebody else. */
  readonly signer: Signer;
  readonly otherSigner: Signer;
  readonly now: Date;
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** An image of the demonstration. */
export interface DemoImage {
  readonly repository: string;
  readonly tag: string;
  /** What is to be seen with it, for the screen. */
  readonly story: string;
}

interface Recipe extends DemoImage {
  make(work: DemoImageWork, store: ContentStore): Promise<void>;
}

const recipes: readonly Recipe[] = [
  {
    repository: 'shop/web',
    tag: '1.0',
    story: 'signed, in the formats of both generations',
    async make(work, store) {
      await pushImage(store, await webImage('1.0'), '1.0');
      await sign(work, { repository: 'shop/web', target: '1.0', signer: work.signer });
    },
  },
  {
    repository: 'shop/web',
    tag: '1.1',
    story: 'not signed',
    make: async (_work, store) => void (await pushImage(store, await webImage('1.1'), '1.1')),
  },
  {
    repository: 'shop/api',
    tag: '2.0',
    story: "signed with somebody else's key",
    async make(work, store) {
      await pushImage(store, await oneFile('api', '2.0'), '2.0');
      await sign(work, { repository: 'shop/api', target: '2.0', signer: work.otherSigner });
    },
  },
  {
    repository: 'shop/worker',
    tag: '3.0',
    story: 'the tag was moved to another image after signing',
    async make(work, store) {
      const signed = await pushImage(store, await oneFile('worker', '3.0, as it was reviewed'));
      await sign(work, { repository: 'shop/worker', target: signed, signer: work.signer });
      await pushImage(store, await oneFile('worker', '3.0, changed afterwards'), '3.0');
    },
  },
  {
    repository: 'shop/tools',
    tag: '4.0',
    story: 'for two platforms; the index and both images are signed',
    async make(work, store) {
      const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
      const images = await Promise.all(
        platforms.map(async (platform) => ({ platform, image: await oneFile('tools', '4.0', platform) })),
      );
      const index = await pushIndex(store, buildIndex(images), '4.0');
      for (const target of [index, ...images.map(({ image }) => image.manifest.descriptor.digest)]) {
        await sign(work, { repository: 'shop/tools', target, signer: work.signer });
      }
    },
  },
];

/** Pushes and signs what is not there yet, and says what there is. */
export async function fillDemoRegistry(work: DemoImageWork): Promise<readonly DemoImage[]> {
  for (const { repository, tag, make } of recipes) {
    const store = work.store(repository);
    // The signed part comes before the tag or right after it; an interrupted start is noticed by its missing marker.
    if ((await store.resolve(`${tag}-ready`)) !== undefined) continue;
    await make(work, store);
    await markReady(store, tag);
  }
  return recipes.map(({ repository, tag, story }) => ({ repository, tag, story }));
}

async function markReady(store: ContentStore, tag: string): Promise<void> {
  const manifest = await store.manifest(tag);
  if (manifest === undefined) throw new Error(`the demo image ${store.name}:${tag} vanished while it was made`);
  await store.putManifest({ bytes: manifest.bytes, mediaType: manifest.descriptor.mediaType, tag: `${tag}-ready` });
}

interface DemoSigning {
  readonly repository: string;
  readonly target: string;
  readonly signer: Signer;
}

async function sign(work: DemoImageWork, { repository, target, signer }: DemoSigning): Promise<void> {
  const { partial, results } = await signImage({
    store: work.store(repository),
    target,
    reference: { registry: work.registry, repository },
    material: { signer },
    now: work.now,
    random: work.random,
    sleep: work.sleep,
  });
  if (partial) throw new Error(`a demo image could not be signed: ${JSON.stringify(results)}`);
}

function webImage(version: string): Promise<BuiltImage> {
  return buildImage({
    layers: [
      { 'etc/os-release': 'ID=pratique-demo\nVERSION_ID=1\n' },
      { 'srv/index.html': `<!doctype html><title>Shop ${version}</title><h1>Shop ${version}</h1>\n` },
    ],
    labels: { 'org.opencontainers.image.title': 'shop/web', 'org.opencontainers.image.version': version },
  });
}

function oneFile(
  name: string,
  version: string,
  platform?: { readonly os: string; readonly architecture: string },
): Promise<BuiltImage> {
  return buildImage({ layers: [{ [`srv/${name}.txt`]: `${name} ${version}\n` }], ...(platform && { platform }) });
}
