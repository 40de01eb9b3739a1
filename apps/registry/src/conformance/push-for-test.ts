import { expect } from 'vitest';
import { conformance } from './chapter-for-test.ts';
import {
  ask,
  digestOf,
  errorOf,
  imageType,
  indexType,
  newContent,
  newManifest,
  pushBlob,
  pushImage,
  putManifest,
} from '../registry-for-test.ts';

const stream = { 'content-type': 'application/octet-stream' };

/** Begins an upload; gives the path to go on with. */
async function begin(base: string, repository: string): Promise<string> {
  const answer = await ask(base, 'POST', `/v2/${repository}/blobs/uploads/`);
  expect(answer.status).toBe(202);
  return pathOf(answer.headers.location);
}

function pathOf(location: string | undefined): string {
  const { pathname, search } = new URL(location ?? '', 'http://registry');
  return pathname + search;
}

function withDigest(path: string, digest: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}digest=${digest}`;
}

function part(base: string, path: string, first: number, body: Uint8Array) {
  const headers = { ...stream, 'content-range': `${first}-${first + body.length - 1}` };
  return ask(base, 'PATCH', path, { headers, body });
}

conformance('pushing blobs at once', (must) => {
  must('end-4a: POST answers 202 with a Location', async ({ base }) => {
    expect(await begin(base, 'push/blob')).toContain('/v2/push/blob/blobs/uploads/');
  });
  must('end-6: PUT with the content and its digest answers 201 with where it can be pulled', async ({ base }) => {
    const content = newContent();
    const path = withDigest(await begin(base, 'push/blob'), digestOf(content));
    const answer = await ask(base, 'PUT', path, { headers: stream, body: content });
    expect(answer.status).toBe(201);
    const pulled = await ask(base, 'GET', pathOf(answer.headers.location));
    expect(pulled.body.equals(content)).toBe(true);
  });
  must('end-6: PUT with another digest answers 400 DIGEST_INVALID and keeps nothing', async ({ base }) => {
    const wrong = digestOf(newContent());
    const path = withDigest(await begin(base, 'push/blob'), wrong);
    const answer = await ask(base, 'PUT', path, { headers: stream, body: newContent() });
    expect(answer.status).toBe(400);
    expect(errorOf(answer).code).toBe('DIGEST_INVALID');
    expect((await ask(base, 'HEAD', `/v2/push/blob/blobs/${wrong}`)).status).toBe(404);
  });
  must('end-6: PUT without a digest answers 400', async ({ base }) => {
    const answer = await ask(base, 'PUT', await begin(base, 'push/blob'), { headers: stream, body: newContent() });
    expect(answer.status).toBe(400);
  });
  must('end-6: PUT with a malformed digest answers 400', async ({ base }) => {
    const path = withDigest(await begin(base, 'push/blob'), 'sha256:xyz');
    expect((await ask(base, 'PUT', path, { headers: stream, body: newContent() })).status).toBe(400);
  });
  must('end-6: PUT to an upload that does not exist answers 404 BLOB_UPLOAD_UNKNOWN', async ({ base }) => {
    const path = withDigest(await begin(base, 'push/blob'), digestOf(''));
    await ask(base, 'PUT', path, { headers: stream });
    const answer = await ask(base, 'PUT', path, { headers: stream });
    expect(answer.status).toBe(404);
    expect(errorOf(answer).code).toBe('BLOB_UPLOAD_UNKNOWN');
  });
  must('pushing what is there already succeeds', async ({ base }) => {
    const content = newContent();
    await pushBlob(base, 'push/blob', content);
    expect(await pushBlob(base, 'push/blob', content)).toBe(digestOf(content));
  });
  must(
    'end-4b: POST with digest and content answers 201',
    async ({ base }) => {
      const content = newContent();
      const path = `/v2/push/blob/blobs/uploads/?digest=${digestOf(content)}`;
      const answer = await ask(base, 'POST', path, { headers: stream, body: content });
      expect(answer.status).toBe(201);
      expect((await ask(base, 'GET', pathOf(answer.headers.location))).body.equals(content)).toBe(true);
    },
    'choice',
  );
  must(
    'end-4b: POST with a wrong digest answers 400 and leaves no upload',
    async ({ base }) => {
      const path = `/v2/push/blob/blobs/uploads/?digest=${digestOf('other')}`;
      const answer = await ask(base, 'POST', path, { headers: stream, body: newContent() });
      expect(answer.status).toBe(400);
      expect(errorOf(answer).code).toBe('DIGEST_INVALID');
    },
    'choice',
  );
  must('a blob can be pushed by its sha512 digest', async ({ base }) => {
    const content = newContent();
    const digest = digestOf(content, 'sha512');
    const path = withDigest(await begin(base, 'push/blob'), digest);
    expect((await ask(base, 'PUT', path, { headers: stream, body: content })).status).toBe(201);
    expect((await ask(base, 'GET', `/v2/push/blob/blobs/${digest}`)).body.equals(content)).toBe(true);
  });
  must('a malformed repository name answers 400 NAME_INVALID or 404', async ({ base }) => {
    const answer = await ask(base, 'POST', '/v2/Push/UPPER/blobs/uploads/');
    expect([400, 404]).toContain(answer.status);
  });
});

conformance('pushing blobs in parts', (must) => {
  const [first, second] = [newContent(100), newContent(50)];
  const whole = Buffer.concat([first, second]);

  must('end-5: PATCH answers 202 with Location and the range that arrived', async ({ base }) => {
    const answer = await part(base, await begin(base, 'push/parts'), 0, first);
    expect(answer.status).toBe(202);
    expect(answer.headers.range).toBe('0-99');
    expect(answer.headers.location).toBeDefined();
  });
  must('end-5, end-6: parts in order make the blob', async ({ base }) => {
    const one = await part(base, await begin(base, 'push/parts'), 0, first);
    const two = await part(base, pathOf(one.headers.location), 100, second);
    expect(two.headers.range).toBe('0-149');
    const path = withDigest(pathOf(two.headers.location), digestOf(whole));
    expect((await ask(base, 'PUT', path)).status).toBe(201);
    const pulled = await ask(base, 'GET', `/v2/push/parts/blobs/${digestOf(whole)}`);
    expect(pulled.body.equals(whole)).toBe(true);
  });
  must('end-6: the last part may come with the PUT', async ({ base }) => {
    const one = await part(base, await begin(base, 'push/parts'), 0, first);
    const headers = { ...stream, 'content-range': '100-149' };
    const path = withDigest(pathOf(one.headers.location), digestOf(whole));
    expect((await ask(base, 'PUT', path, { headers, body: second })).status).toBe(201);
  });
  must(
    'end-5: a part that does not follow the last one answers 416',
    async ({ base }) => {
      const one = await part(base, await begin(base, 'push/parts'), 0, first);
      expect((await part(base, pathOf(one.headers.location), 120, second)).status).toBe(416);
    },
    'newer',
  );
  must(
    'end-5: a first part that does not begin at 0 answers 416',
    async ({ base }) => {
      expect((await part(base, await begin(base, 'push/parts'), 10, first)).status).toBe(416);
    },
    'newer',
  );
  must(
    'end-5: a part that was sent already answers 416',
    async ({ base }) => {
      const one = await part(base, await begin(base, 'push/parts'), 0, first);
      expect((await part(base, pathOf(one.headers.location), 0, first)).status).toBe(416);
    },
    'newer',
  );
  must(
    'end-5: after a 416 the answer says where to go on, and going on works',
    async ({ base }) => {
      const one = await part(base, await begin(base, 'push/parts'), 0, first);
      const refused = await part(base, pathOf(one.headers.location), 120, second);
      expect(refused.headers.range).toBe('0-99');
      const two = await part(base, pathOf(refused.headers.location), 100, second);
      expect(two.status).toBe(202);
    },
    'choice',
  );
  must(
    'end-5: a range that is not the length of the body is refused and nothing of it kept',
    async ({ base }) => {
      const path = await begin(base, 'push/parts');
      const headers = { ...stream, 'content-range': '0-9' };
      const answer = await ask(base, 'PATCH', path, { headers, body: first });
      expect(answer.status).toBe(400);
      expect(errorOf(answer).code).toBe('SIZE_INVALID');
      expect((await part(base, path, 0, first)).status).toBe(202);
    },
    'choice',
  );
  must('a stream without ranges is taken', async ({ base }) => {
    const one = await ask(base, 'PATCH', await begin(base, 'push/parts'), { headers: stream, body: whole });
    expect(one.status).toBe(202);
    const path = withDigest(pathOf(one.headers.location), digestOf(whole));
    expect((await ask(base, 'PUT', path)).status).toBe(201);
  });
  must('end-13: GET tells how far an upload is', async ({ base }) => {
    const one = await part(base, await begin(base, 'push/parts'), 0, first);
    const answer = await ask(base, 'GET', pathOf(one.headers.location));
    expect(answer.status).toBe(204);
    expect(answer.headers.range).toBe('0-99');
    expect(answer.headers.location).toBeDefined();
  });
  must('end-13: GET of an upload that does not exist answers 404', async ({ base }) => {
    const path = await begin(base, 'push/parts');
    await ask(base, 'DELETE', path);
    expect((await ask(base, 'GET', path)).status).toBe(404);
  });
  must('DELETE gives an upload up', async ({ base }) => {
    const path = await begin(base, 'push/parts');
    expect((await ask(base, 'DELETE', path)).status).toBe(204);
    expect((await ask(base, 'PATCH', path, { headers: stream, body: first })).status).toBe(404);
  });
  must(
    'an upload of one repository is not found under another',
    async ({ base }) => {
      const path = (await begin(base, 'push/parts')).replace('/push/parts/', '/push/strange/');
      expect((await ask(base, 'GET', path)).status).toBe(404);
    },
    'choice',
  );
});

conformance('mounting blobs', (must) => {
  must('end-11: a blob another repository has is mounted with 201', async ({ base }) => {
    const digest = await pushBlob(base, 'mount/from', newContent());
    const answer = await ask(base, 'POST', `/v2/mount/to/blobs/uploads/?mount=${digest}&from=mount/from`);
    expect(answer.status).toBe(201);
    expect((await ask(base, 'HEAD', pathOf(answer.headers.location))).status).toBe(200);
  });
  must('end-11: a blob that is not there begins an upload with 202', async ({ base }) => {
    const path = `/v2/mount/to/blobs/uploads/?mount=${digestOf(newContent())}&from=mount/from`;
    const answer = await ask(base, 'POST', path);
    expect(answer.status).toBe(202);
    expect(answer.headers.location).toContain('/v2/mount/to/blobs/uploads/');
  });
  must('end-11: without a repository to take it from, an upload begins', async ({ base }) => {
    const digest = await pushBlob(base, 'mount/from', newContent());
    const answer = await ask(base, 'POST', `/v2/mount/to/blobs/uploads/?mount=${digest}`);
    expect([201, 202]).toContain(answer.status);
  });
  must(
    'a malformed digest to mount is refused',
    async ({ base }) => {
      const answer = await ask(base, 'POST', '/v2/mount/to/blobs/uploads/?mount=abc&from=mount/from');
      expect(answer.status).toBe(400);
    },
    'choice',
  );
});

conformance('pushing manifests', (must) => {
  must('end-7: PUT by tag answers 201 with Location', async ({ base }) => {
    const { answer } = await pushImage(base, 'push/manifest', 'a');
    expect(answer.headers.location).toContain('/v2/push/manifest/manifests/');
  });
  must('end-7: PUT answers with the digest of what was sent', async ({ base }) => {
    const { answer, digest } = await pushImage(base, 'push/manifest', 'b');
    expect(answer.headers['docker-content-digest']).toBe(digest);
  });
  must('end-7: PUT by digest answers 201', async ({ base }) => {
    const manifest = await newManifest(base, 'push/manifest');
    const path = `/v2/push/manifest/manifests/${manifest.digest}`;
    expect((await putManifest(base, path, manifest.body)).status).toBe(201);
  });
  must('end-7: PUT by the digest of something else answers 400 DIGEST_INVALID', async ({ base }) => {
    const manifest = await newManifest(base, 'push/manifest');
    const answer = await putManifest(base, `/v2/push/manifest/manifests/${digestOf('other')}`, manifest.body);
    expect(answer.status).toBe(400);
    expect(errorOf(answer).code).toBe('DIGEST_INVALID');
  });
  must('a manifest whose blobs are not there is answered MANIFEST_BLOB_UNKNOWN', async ({ base }) => {
    const manifest = await newManifest(base, 'push/elsewhere');
    await pushBlob(base, 'push/lonely', newContent());
    const answer = await putManifest(base, '/v2/push/lonely/manifests/a', manifest.body);
    expect([400, 404]).toContain(answer.status);
    expect(errorOf(answer).code).toBe('MANIFEST_BLOB_UNKNOWN');
    expect((await ask(base, 'HEAD', '/v2/push/lonely/manifests/a')).status).toBe(404);
  });
  must('what is not JSON is answered 400 MANIFEST_INVALID', async ({ base }) => {
    const answer = await putManifest(base, '/v2/push/manifest/manifests/broken', '{"schemaVersion":');
    expect(answer.status).toBe(400);
    expect(errorOf(answer).code).toBe('MANIFEST_INVALID');
  });
  must('a manifest that says it is of another type than the request is refused', async ({ base }) => {
    const manifest = await newManifest(base, 'push/manifest');
    const headers = { 'content-type': indexType };
    const answer = await putManifest(base, '/v2/push/manifest/manifests/c', manifest.body, headers);
    expect(answer.status).toBe(400);
  });
  must('a document that is image and index at once is refused', async ({ base }) => {
    const manifest = await newManifest(base, 'push/manifest', { manifests: [] });
    const answer = await putManifest(base, '/v2/push/manifest/manifests/d', manifest.body);
    expect(answer.status).toBe(400);
  });
  must('a type nobody knows is refused', async ({ base }) => {
    const manifest = await newManifest(base, 'push/manifest');
    const headers = { 'content-type': 'text/plain' };
    const answer = await putManifest(base, '/v2/push/manifest/manifests/e', manifest.body, headers);
    expect(answer.status).toBe(400);
    expect(errorOf(answer).code).toBe('MANIFEST_INVALID');
  });
  must('an index over images that are there is taken', async ({ base }) => {
    const image = await pushImage(base, 'push/index', 'one');
    const manifests = [{ mediaType: imageType, digest: image.digest, size: image.size }];
    const body = JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests });
    const answer = await putManifest(base, '/v2/push/index/manifests/all', body, { 'content-type': indexType });
    expect(answer.status).toBe(201);
    const pulled = await ask(base, 'GET', '/v2/push/index/manifests/all', { headers: { accept: indexType } });
    expect(pulled.headers['content-type']).toBe(indexType);
  });
  must('an index over an image that is not there is answered MANIFEST_BLOB_UNKNOWN', async ({ base }) => {
    await pushImage(base, 'push/index', 'one');
    const manifests = [{ mediaType: imageType, digest: digestOf('none'), size: 4 }];
    const body = JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests });
    const answer = await putManifest(base, '/v2/push/index/manifests/b', body, { 'content-type': indexType });
    expect(errorOf(answer).code).toBe('MANIFEST_BLOB_UNKNOWN');
  });
  must('an empty index is taken: it is how signers begin a list of referrers', async ({ base }) => {
    const body = JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: [] });
    const answer = await putManifest(base, '/v2/push/index/manifests/c', body, { 'content-type': indexType });
    expect(answer.status).toBe(201);
  });
  must(
    'a manifest larger than 4 MiB is answered 413',
    async ({ base }) => {
      const annotations = { filler: 'x'.repeat(4 * 1024 ** 2) };
      const manifest = await newManifest(base, 'push/manifest', { annotations });
      const answer = await putManifest(base, '/v2/push/manifest/manifests/large', manifest.body);
      expect(answer.status).toBe(413);
    },
    'choice',
  );
  must('a manifest just below 4 MiB is taken', async ({ base }) => {
    const annotations = { filler: 'x'.repeat(4 * 1024 ** 2 - 2_000) };
    const manifest = await newManifest(base, 'push/manifest', { annotations });
    expect((await putManifest(base, '/v2/push/manifest/manifests/big', manifest.body)).status).toBe(201);
  });
  must(
    'a layer with an address of its own need not be there',
    async ({ base }) => {
      const config = JSON.stringify({ created: newContent(8).toString('hex') });
      const digest = await pushBlob(base, 'push/foreign', config);
      const layers = [
        {
          mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
          digest: digestOf('elsewhere'),
          size: 9,
          urls: ['https://example.com/layer'],
        },
      ];
      const body = JSON.stringify({
        schemaVersion: 2,
        mediaType: imageType,
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: config.length },
        layers,
      });
      expect((await putManifest(base, '/v2/push/foreign/manifests/a', body)).status).toBe(201);
    },
    'choice',
  );
  must('what can be no tag is refused', async ({ base }) => {
    const manifest = await newManifest(base, 'push/manifest');
    const answer = await putManifest(base, '/v2/push/manifest/manifests/-bad', manifest.body);
    expect([400, 404]).toContain(answer.status);
  });
  must('the same manifest under a second tag is one manifest with two tags', async ({ base }) => {
    const image = await pushImage(base, 'push/twice', 'one');
    expect((await putManifest(base, '/v2/push/twice/manifests/two', image.body)).status).toBe(201);
    const answer = await ask(base, 'HEAD', '/v2/push/twice/manifests/two', { headers: { accept: imageType } });
    expect(answer.headers['docker-content-digest']).toBe(image.digest);
  });
});
