import { createMemoryStore, parseReference } from '@pratique/oci';
import type { ContentStore } from '@pratique/oci';
import { ociFault } from '@pratique/oci';
import { buildImage, buildIndex, pushImage, pushIndex } from '@pratique/testbed/images';
import { describe, expect, it } from 'vitest';
import { signerFor } from '../keys/private-key.ts';
import { signImage } from '../sign/sign-image.ts';
import type { SignImageRequest } from '../sign/sign-image.ts';
import { noTrust } from '../trust/trust-material.ts';
import { keyPolicy, newKey, noon } from './evidence-fixture.ts';
import type { TestKey } from './evidence-fixture.ts';
import { verifyImage, verifyImageAttestations } from './verify-image.ts';
import type { ImageQuestion } from './image-question.ts';

const key = newKey();
const reference = parseReference('registry.example.com/team/app:1.0');

async function pushed(tag = '1.0', text = 'hello'): Promise<{ store: ContentStore; digest: string }> {
  const store = createMemoryStore({ name: 'registry.example.com/team/app' });
  const digest = await pushImage(store, await buildImage({ layers: [{ 'hello.txt': text }] }), tag);
  return { store, digest };
}

function sign(store: ContentStore, by: TestKey, more: Partial<SignImageRequest> = {}): ReturnType<typeof signImage> {
  return signImage({
    store,
    target: '1.0',
    reference,
    now: noon,
    material: { signer: signerFor(by.privateKey) },
    sleep: () => Promise.resolve(),
    random: () => 0.5,
    ...more,
  });
}

function ask(store: ContentStore, more: Partial<ImageQuestion> = {}): ImageQuestion {
  return { store, reference, policy: keyPolicy(key), trust: noTrust, now: noon, ...more };
}

/** The store with some calls that fail. */
function failing(store: ContentStore, calls: Partial<ContentStore>): ContentStore {
  return new Proxy(store, {
    get: (target, name, receiver) => {
      const own: unknown = Reflect.get(calls, name) ?? Reflect.get(target, name, receiver);
      return typeof own === 'function' ? (own.bind(target) as unknown) : own;
    },
  });
}

function fault(
  code: 'registry-denied' | 'registry-failed' | 'registry-storage' | 'registry-rate-limited',
): Promise<never> {
  return Promise.reject(ociFault({ code, message: 'The registry said no.', hint: 'Ask again.' }));
}

describe('verifying an image where it is', () => {
  it('finds what was signed in both formats, and says where', async () => {
    const { store, digest } = await pushed();
    await sign(store, key);
    for (const formats of ['auto', 'legacy', 'bundle'] as const) {
      const { verdict, reference: name } = await verifyImage(ask(store, { policy: keyPolicy(key, { formats }) }));
      expect(verdict).toMatchObject({ outcome: 'verified', digest });
      expect(name).toBe('registry.example.com/team/app:1.0');
    }
  });

  it('says that an image is not there', async () => {
    const store = createMemoryStore();
    expect((await verifyImage(ask(store))).verdict.outcome).toBe('image-not-found');
  });

  it('says that it is not signed only after every source was read', async () => {
    const { store } = await pushed();
    const { verdict } = await verifyImage(ask(store));
    expect(verdict.outcome).toBe('no-signatures');
    expect(verdict.sources.map(({ kind }) => kind)).toContain('signature-tag');
    expect(verdict.sources.map(({ kind }) => kind)).toContain('referrers');
  });

  it.each([
    ['registry-denied', 'registry-auth'],
    ['registry-failed', 'registry-unavailable'],
    ['registry-rate-limited', 'registry-unavailable'],
    ['registry-storage', 'registry-storage'],
  ] as const)('takes %s for "could not look", never for "not signed"', async (code, outcome) => {
    const { store } = await pushed();
    const noList = failing(store, { referrers: () => fault(code) });
    expect((await verifyImage(ask(noList))).verdict).toMatchObject({ outcome, fault: { code } });
    const noImage = failing(store, { manifest: () => fault(code) });
    expect((await verifyImage(ask(noImage))).verdict).toMatchObject({ outcome, fault: { code } });
  });

  it('accepts what it found although another source failed, with a warning', async () => {
    const { store } = await pushed();
    await sign(store, key, { formats: ['legacy'] });
    const { verdict } = await verifyImage(ask(failing(store, { referrers: () => fault('registry-failed') })));
    expect(verdict.outcome).toBe('verified');
    expect(verdict.warnings.join()).toContain('could not be read');
  });

  it('lets a bug pass instead of calling it an outcome', async () => {
    const { store } = await pushed();
    const broken = failing(store, { manifest: () => Promise.reject(new TypeError('bug')) });
    await expect(verifyImage(ask(broken))).rejects.toThrow(TypeError);
  });
});

describe('looking into a failure', () => {
  it('names the digest that was signed before the tag moved', async () => {
    const { store, digest } = await pushed();
    await sign(store, key);
    await pushImage(store, await buildImage({ layers: [{ 'hello.txt': 'another build' }] }), '1.0');
    const { verdict } = await verifyImage(ask(store));
    expect(verdict.outcome).toBe('no-signatures');
    expect(verdict.hints[0]).toMatchObject({ code: 'signed-under-other-digest' });
    expect(verdict.hints[0]?.text).toContain(digest);
  });

  it('says that another tag is the signed one, where no tag has moved', async () => {
    const { store, digest } = await pushed();
    await sign(store, key);
    await pushImage(store, await buildImage({ layers: [{ 'hello.txt': 'never signed' }] }), '1.1');
    const reference = parseReference('registry.example.com/team/app:1.1');
    const { verdict } = await verifyImage(ask(store, { reference }));
    expect(verdict.hints[0]?.text).toBe(
      `The tag 1.1 was not signed; what is signed in this repository is the tag 1.0 (${digest}).`,
    );
  });

  it('tells an index from its platforms, both ways', async () => {
    const store = createMemoryStore({ name: 'registry.example.com/team/app' });
    const platform = { os: 'linux', architecture: 'arm64' };
    const image = await buildImage({ layers: [{ a: 'b' }], platform });
    const built = buildIndex([{ image, platform }]);
    const index = await pushIndex(store, built, '1.0');
    const child = image.manifest.descriptor.digest;
    await sign(store, key);
    const byChild = parseReference(`registry.example.com/team/app@${child}`);
    const asked = await verifyImage(ask(store, { reference: byChild }));
    expect(asked.verdict.hints[0]).toMatchObject({ code: 'index-signed' });
    expect(asked.verdict.hints[0]?.text).toContain(index);
    const other = createMemoryStore({ name: 'registry.example.com/team/app' });
    await pushIndex(other, built, '1.0');
    await sign(other, key, { target: child });
    const { verdict } = await verifyImage(ask(other));
    expect(verdict.hints[0]).toMatchObject({ code: 'platform-signed' });
    expect(verdict.hints[0]?.text).toContain(child);
  });

  it('names the format that a verifier of one generation does not read', async () => {
    const { store } = await pushed();
    await sign(store, key, { formats: ['bundle'] });
    const legacy = await verifyImage(ask(store, { policy: keyPolicy(key, { formats: 'legacy' }) }));
    expect(legacy.verdict).toMatchObject({ outcome: 'no-signatures', hints: [{ code: 'bundle-not-read' }] });
    const { store: older } = await pushed();
    await sign(older, key, { formats: ['legacy'] });
    const bundle = await verifyImage(ask(older, { policy: keyPolicy(key, { formats: 'bundle' }) }));
    expect(bundle.verdict).toMatchObject({ outcome: 'no-signatures', hints: [{ code: 'tag-format-not-read' }] });
  });

  it('names both keys where another one signed', async () => {
    const { store } = await pushed();
    const other = newKey();
    await sign(store, other);
    const { verdict } = await verifyImage(ask(store));
    expect(verdict.outcome).toBe('no-match');
    expect(verdict.hints.find(({ code }) => code === 'other-key')?.text).toContain(other.publicKey.fingerprint);
    expect(verdict.candidates.map((one) => (one.valid ? '' : one.rejection.reason))).toContain('wrong-key');
  });

  it('changes nothing when it fails itself, and does not run when it is not wanted', async () => {
    const { store } = await pushed();
    const noTags = failing(store, { tags: () => fault('registry-denied') });
    expect((await verifyImage(ask(noTags))).verdict).toMatchObject({ outcome: 'no-signatures', hints: [] });
    let asked = 0;
    const counting = failing(store, { tags: () => ((asked += 1), Promise.resolve([])) });
    await verifyImage(ask(counting, { diagnosis: false }));
    expect(asked).toBe(0);
  });
});

describe('attestations of an image', () => {
  it('are no signatures, and signatures are no attestations', async () => {
    const { store } = await pushed();
    await sign(store, key);
    expect((await verifyImageAttestations(ask(store))).verdict.outcome).toBe('no-attestations');
  });
});
