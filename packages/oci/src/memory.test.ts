import { describe, expect, it } from 'vitest';
import { contentStoreSuite } from './content-store.suite-for-test.ts';
import { putArtifact, putImage } from './image-for-test.ts';
import { createMemoryStore } from './memory.ts';

const stop = async (): Promise<void> => undefined;

contentStoreSuite('a memory', { start: async () => ({ fresh: async () => createMemoryStore(), stop }) });
contentStoreSuite('a memory that keeps no lists', {
  start: async () => ({ fresh: async () => createMemoryStore({ keepsReferrers: false }), stop }),
});

describe('a memory', () => {
  it('lists a referrer by the subject inside of it', async () => {
    const store = createMemoryStore();
    const image = await putImage(store, 'one');
    const written = await putArtifact(store, image.descriptor, { type: 'text/plain', text: 'x' });
    expect(written.subjectListed).toBe(true);
    expect((await store.referrers(image.descriptor.digest)).descriptors).toHaveLength(1);
    await store.deleteManifest(written.descriptor.digest);
    expect((await store.referrers(image.descriptor.digest)).descriptors).toHaveLength(0);
  });

  it('takes no blob beyond its bound', async () => {
    const store = createMemoryStore({ blobBytes: 4 });
    const write = { digest: `sha256:${'0'.repeat(64)}`, size: 5, open: () => [Buffer.from('12345')] };
    await expect(store.putBlob(write)).rejects.toMatchObject({ code: 'content-too-large' });
  });
});
