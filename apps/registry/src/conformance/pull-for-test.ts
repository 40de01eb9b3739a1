import { expect } from 'vitest';
import { conformance } from './chapter-for-test.ts';
import {
  ask,
  digestOf,
  errorOf,
  imageType,
  newContent,
  newManifest,
  pushBlob,
  pushImage,
  putManifest,
} from '../registry-for-test.ts';

conformance('determining support', (must) => {
  must('end-1: GET /v2/ answers 200', async ({ base }) => {
    expect((await ask(base, 'GET', '/v2/')).status).toBe(200);
  });
  must('end-1: the answer says that the API is the one of registries', async ({ base }) => {
    const answer = await ask(base, 'GET', '/v2/');
    expect(answer.headers['docker-distribution-api-version']).toBe('registry/2.0');
  });
});

conformance('pulling manifests', (must) => {
  must('end-3: GET by tag gives the bytes that were pushed', async ({ base }) => {
    const image = await pushImage(base, 'pull/manifest', 'a');
    const answer = await ask(base, 'GET', '/v2/pull/manifest/manifests/a', { headers: { accept: imageType } });
    expect(answer.status).toBe(200);
    expect(answer.body.toString()).toBe(image.body);
  });
  must('end-3: GET by digest gives the same bytes', async ({ base }) => {
    const image = await pushImage(base, 'pull/manifest', 'b');
    const path = `/v2/pull/manifest/manifests/${image.digest}`;
    const answer = await ask(base, 'GET', path, { headers: { accept: imageType } });
    expect(digestOf(answer.body)).toBe(image.digest);
  });
  must('end-3: the content type is the one it was pushed with', async ({ base }) => {
    await pushImage(base, 'pull/manifest', 'c');
    const answer = await ask(base, 'GET', '/v2/pull/manifest/manifests/c', { headers: { accept: imageType } });
    expect(answer.headers['content-type']).toBe(imageType);
  });
  must('end-3: Docker-Content-Digest is the digest of the body', async ({ base }) => {
    await pushImage(base, 'pull/manifest', 'd');
    const answer = await ask(base, 'GET', '/v2/pull/manifest/manifests/d', { headers: { accept: imageType } });
    expect(answer.headers['docker-content-digest']).toBe(digestOf(answer.body));
  });
  must('end-3: HEAD by tag answers 200 with length and digest and no body', async ({ base }) => {
    const image = await pushImage(base, 'pull/manifest', 'e');
    const answer = await ask(base, 'HEAD', '/v2/pull/manifest/manifests/e', { headers: { accept: imageType } });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-length']).toBe(String(image.size));
    expect(answer.headers['docker-content-digest']).toBe(image.digest);
    expect(answer.body).toHaveLength(0);
  });
  must('end-3: HEAD by digest answers 200', async ({ base }) => {
    const image = await pushImage(base, 'pull/manifest', 'f');
    const path = `/v2/pull/manifest/manifests/${image.digest}`;
    expect((await ask(base, 'HEAD', path, { headers: { accept: imageType } })).status).toBe(200);
  });
  must('end-3: GET of an unknown tag answers 404 MANIFEST_UNKNOWN', async ({ base }) => {
    await pushImage(base, 'pull/manifest', 'g');
    const answer = await ask(base, 'GET', '/v2/pull/manifest/manifests/no-such-tag');
    expect(answer.status).toBe(404);
    expect(errorOf(answer).code).toBe('MANIFEST_UNKNOWN');
  });
  must('end-3: GET of an unknown digest answers 404', async ({ base }) => {
    const answer = await ask(base, 'GET', `/v2/pull/manifest/manifests/${digestOf('nothing')}`);
    expect(answer.status).toBe(404);
  });
  must('end-3: GET of what can be no tag answers 404', async ({ base }) => {
    expect((await ask(base, 'GET', '/v2/pull/manifest/manifests/.INVALID')).status).toBe(404);
  });
  must('end-3: HEAD of an unknown tag answers 404', async ({ base }) => {
    expect((await ask(base, 'HEAD', '/v2/pull/manifest/manifests/no-such-tag')).status).toBe(404);
  });
  must('end-3: GET from an unknown repository answers 404', async ({ base }) => {
    expect((await ask(base, 'GET', '/v2/pull/never-pushed/manifests/a')).status).toBe(404);
  });
  must('end-3: a manifest of one repository is not in another', async ({ base }) => {
    const image = await pushImage(base, 'pull/manifest', 'h');
    await pushImage(base, 'pull/other', 'h');
    expect((await ask(base, 'GET', `/v2/pull/other/manifests/${image.digest}`)).status).toBe(404);
  });
  must('a tag that is pushed again leads to the new manifest', async ({ base }) => {
    await pushImage(base, 'pull/moved', 'x');
    const second = await pushImage(base, 'pull/moved', 'x');
    const answer = await ask(base, 'GET', '/v2/pull/moved/manifests/x', { headers: { accept: imageType } });
    expect(answer.headers['docker-content-digest']).toBe(second.digest);
  });
  must('an encoded colon in a digest is read as a colon', async ({ base }) => {
    const image = await pushImage(base, 'pull/manifest', 'i');
    const path = `/v2/pull/manifest/manifests/${image.digest.replace(':', '%3A')}`;
    expect((await ask(base, 'GET', path, { headers: { accept: imageType } })).status).toBe(200);
  });
  must(
    'a manifest pushed by a sha512 digest is pulled by it',
    async ({ base }) => {
      const manifest = await newManifest(base, 'pull/long');
      const path = `/v2/pull/long/manifests/${digestOf(manifest.body, 'sha512')}`;
      expect((await putManifest(base, path, manifest.body)).status).toBe(201);
      expect((await ask(base, 'GET', path)).body.toString()).toBe(manifest.body);
    },
    'choice',
  );
  must('a client that has the digest already is answered 304', async ({ base }) => {
    const image = await pushImage(base, 'pull/manifest', 'j');
    const headers = { accept: imageType, 'if-none-match': `"${image.digest}"` };
    const answer = await ask(base, 'GET', '/v2/pull/manifest/manifests/j', { headers });
    expect(answer.status).toBe(304);
    expect(answer.body).toHaveLength(0);
  });
});

conformance('pulling blobs', (must) => {
  const content = newContent(1_000);
  const path = `/v2/pull/blob/blobs/${digestOf(content)}`;

  must('end-2: GET gives the bytes that were pushed', async ({ base }) => {
    await pushBlob(base, 'pull/blob', content);
    const answer = await ask(base, 'GET', path);
    expect(answer.status).toBe(200);
    expect(answer.body.equals(content)).toBe(true);
  });
  must('end-2: HEAD answers 200 with the length and no body', async ({ base }) => {
    await pushBlob(base, 'pull/blob', content);
    const answer = await ask(base, 'HEAD', path);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-length']).toBe('1000');
    expect(answer.body).toHaveLength(0);
  });
  must('end-2: Docker-Content-Digest names the blob', async ({ base }) => {
    await pushBlob(base, 'pull/blob', content);
    expect((await ask(base, 'HEAD', path)).headers['docker-content-digest']).toBe(digestOf(content));
  });
  must('end-2: GET of an unknown digest answers 404 BLOB_UNKNOWN', async ({ base }) => {
    const answer = await ask(base, 'GET', `/v2/pull/blob/blobs/${digestOf('nothing')}`);
    expect(answer.status).toBe(404);
    expect(errorOf(answer).code).toBe('BLOB_UNKNOWN');
  });
  must('end-2: HEAD of an unknown digest answers 404', async ({ base }) => {
    expect((await ask(base, 'HEAD', `/v2/pull/blob/blobs/${digestOf('nothing')}`)).status).toBe(404);
  });
  must('end-2: a blob of one repository is not in another', async ({ base }) => {
    await pushBlob(base, 'pull/blob', content);
    const answer = await ask(base, 'GET', `/v2/pull/elsewhere/blobs/${digestOf(content)}`);
    expect(answer.status).toBe(404);
  });
  must('end-2: a malformed digest is not answered 200', async ({ base }) => {
    const answer = await ask(base, 'GET', '/v2/pull/blob/blobs/sha256:abc');
    expect([400, 404]).toContain(answer.status);
  });
  must('an empty blob can be pushed and pulled', async ({ base }) => {
    const digest = await pushBlob(base, 'pull/blob', '');
    const answer = await ask(base, 'GET', `/v2/pull/blob/blobs/${digest}`);
    expect(answer.status).toBe(200);
    expect(answer.body).toHaveLength(0);
  });
  for (const [range, first, last] of [
    ['bytes=10-19', 10, 19],
    ['bytes=990-', 990, 999],
    ['bytes=-5', 995, 999],
    ['bytes=0-0', 0, 0],
    ['bytes=900-5000', 900, 999],
  ] as const) {
    must(`a part is sent for Range: ${range}`, async ({ base }) => {
      await pushBlob(base, 'pull/blob', content);
      const answer = await ask(base, 'GET', path, { headers: { range } });
      expect(answer.status).toBe(206);
      expect(answer.headers['content-range']).toBe(`bytes ${first}-${last}/1000`);
      expect(answer.body.equals(content.subarray(first, last + 1))).toBe(true);
    });
  }
  must('a range behind the end is answered 416 with the size', async ({ base }) => {
    await pushBlob(base, 'pull/blob', content);
    const answer = await ask(base, 'GET', path, { headers: { range: 'bytes=1000-' } });
    expect(answer.status).toBe(416);
    expect(answer.headers['content-range']).toBe('bytes */1000');
  });
  must(
    'a range of another unit is ignored',
    async ({ base }) => {
      await pushBlob(base, 'pull/blob', content);
      const answer = await ask(base, 'GET', path, { headers: { range: 'lines=1-2' } });
      expect(answer.status).toBe(200);
    },
    'choice',
  );
  must('a range that counts only for other content is ignored', async ({ base }) => {
    await pushBlob(base, 'pull/blob', content);
    const headers = { range: 'bytes=0-9', 'if-range': `"${digestOf('other')}"` };
    expect((await ask(base, 'GET', path, { headers })).status).toBe(200);
  });
});
