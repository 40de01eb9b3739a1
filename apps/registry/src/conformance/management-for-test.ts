import { expect } from 'vitest';
import { conformance } from './chapter-for-test.ts';
import {
  ask,
  digestOf,
  errorOf,
  newContent,
  newManifest,
  pushBlob,
  pushImage,
  putManifest,
} from '../registry-for-test.ts';

conformance('deleting', (must) => {
  must('end-9: DELETE of a manifest by digest answers 202, then it is gone', async ({ base }) => {
    const image = await pushImage(base, 'delete/a', 'one');
    const path = `/v2/delete/a/manifests/${image.digest}`;
    expect((await ask(base, 'DELETE', path)).status).toBe(202);
    expect((await ask(base, 'GET', path)).status).toBe(404);
  });
  must('end-9: with a manifest go the tags that point at it', async ({ base }) => {
    const image = await pushImage(base, 'delete/b', 'one');
    await putManifest(base, '/v2/delete/b/manifests/two', image.body);
    await pushImage(base, 'delete/b', 'other');
    await ask(base, 'DELETE', `/v2/delete/b/manifests/${image.digest}`);
    expect((await ask(base, 'GET', '/v2/delete/b/manifests/one')).status).toBe(404);
    expect((await ask(base, 'GET', '/v2/delete/b/manifests/two')).status).toBe(404);
    const { tags } = JSON.parse((await ask(base, 'GET', '/v2/delete/b/tags/list')).body.toString()) as {
      tags: string[];
    };
    expect(tags).toEqual(['other']);
  });
  must(
    'end-9: DELETE of a tag answers 202 and leaves the manifest',
    async ({ base }) => {
      const image = await pushImage(base, 'delete/c', 'one');
      expect((await ask(base, 'DELETE', '/v2/delete/c/manifests/one')).status).toBe(202);
      expect((await ask(base, 'GET', '/v2/delete/c/manifests/one')).status).toBe(404);
      expect((await ask(base, 'HEAD', `/v2/delete/c/manifests/${image.digest}`)).status).toBe(200);
    },
    'newer',
  );
  must('end-9: DELETE of an unknown manifest answers 404', async ({ base }) => {
    await pushImage(base, 'delete/d', 'one');
    const answer = await ask(base, 'DELETE', `/v2/delete/d/manifests/${digestOf('nothing')}`);
    expect(answer.status).toBe(404);
  });
  must(
    'end-9: DELETE of an unknown tag answers 404',
    async ({ base }) => {
      await pushImage(base, 'delete/e', 'one');
      expect((await ask(base, 'DELETE', '/v2/delete/e/manifests/never')).status).toBe(404);
    },
    'choice',
  );
  must('end-10: DELETE of a blob answers 202, then it is gone', async ({ base }) => {
    const digest = await pushBlob(base, 'delete/f', newContent());
    const path = `/v2/delete/f/blobs/${digest}`;
    expect((await ask(base, 'DELETE', path)).status).toBe(202);
    expect((await ask(base, 'GET', path)).status).toBe(404);
  });
  must('end-10: DELETE of an unknown blob answers 404 BLOB_UNKNOWN', async ({ base }) => {
    const answer = await ask(base, 'DELETE', `/v2/delete/f/blobs/${digestOf('nothing')}`);
    expect(answer.status).toBe(404);
    expect(errorOf(answer).code).toBe('BLOB_UNKNOWN');
  });
  must('a blob deleted in one repository stays in another', async ({ base }) => {
    const content = newContent();
    await pushBlob(base, 'delete/g', content);
    const digest = await pushBlob(base, 'delete/h', content);
    await ask(base, 'DELETE', `/v2/delete/g/blobs/${digest}`);
    expect((await ask(base, 'HEAD', `/v2/delete/h/blobs/${digest}`)).status).toBe(200);
  });
  must('what was deleted can be pushed again', async ({ base }) => {
    const image = await pushImage(base, 'delete/i', 'one');
    await ask(base, 'DELETE', `/v2/delete/i/manifests/${image.digest}`);
    expect((await putManifest(base, '/v2/delete/i/manifests/one', image.body)).status).toBe(201);
  });
});

conformance('error answers', (must) => {
  must('an error is JSON with code, message and detail', async ({ base }) => {
    const answer = await ask(base, 'GET', `/v2/errors/a/blobs/${digestOf('nothing')}`);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(errorOf(answer)).toMatchObject({
      code: 'BLOB_UNKNOWN',
      message: expect.any(String) as string,
      detail: expect.anything() as unknown,
    });
  });
  must('a method that is not offered is answered 405', async ({ base }) => {
    expect((await ask(base, 'PATCH', '/v2/errors/a/manifests/one')).status).toBe(405);
  });
  must('a path outside /v2/ is answered 404', async ({ base }) => {
    expect((await ask(base, 'GET', '/v3/')).status).toBe(404);
  });
});

conformance('conditions', (must) => {
  const path = (tag: string) => `/v2/conditions/a/manifests/${tag}`;

  must(
    'If-Match with the present digest changes the tag',
    async ({ base }) => {
      const before = await pushImage(base, 'conditions/a', 'one');
      const after = await newManifest(base, 'conditions/a');
      const headers = { 'if-match': `"${before.digest}"` };
      const answer = await putManifest(base, path('one'), after.body, headers);
      expect(answer.status).toBe(201);
      expect(answer.headers.etag).toBe(`"${after.digest}"`);
    },
    'choice',
  );
  must(
    'If-Match with an older digest answers 412, says the present one, and changes nothing',
    async ({ base }) => {
      const before = await pushImage(base, 'conditions/a', 'two');
      const present = await pushImage(base, 'conditions/a', 'two');
      const late = await newManifest(base, 'conditions/a');
      const answer = await putManifest(base, path('two'), late.body, { 'if-match': `"${before.digest}"` });
      expect(answer.status).toBe(412);
      expect(errorOf(answer).detail).toMatchObject({ current: present.digest });
      expect((await ask(base, 'HEAD', path('two'))).headers['docker-content-digest']).toBe(present.digest);
      expect((await ask(base, 'HEAD', path(late.digest))).status).toBe(404);
    },
    'choice',
  );
  must(
    'If-None-Match: * makes a tag once',
    async ({ base }) => {
      const image = await newManifest(base, 'conditions/a');
      const headers = { 'if-none-match': '*' };
      expect((await putManifest(base, path('three'), image.body, headers)).status).toBe(201);
      expect((await putManifest(base, path('three'), image.body, headers)).status).toBe(412);
    },
    'choice',
  );
  must(
    'If-Match: * needs the tag to be there',
    async ({ base }) => {
      const image = await newManifest(base, 'conditions/a');
      expect((await putManifest(base, path('four'), image.body, { 'if-match': '*' })).status).toBe(412);
    },
    'choice',
  );
  must(
    'DELETE under a condition leaves a tag that was changed',
    async ({ base }) => {
      const before = await pushImage(base, 'conditions/a', 'five');
      await pushImage(base, 'conditions/a', 'five');
      const headers = { 'if-match': `"${before.digest}"` };
      expect((await ask(base, 'DELETE', path('five'), { headers })).status).toBe(412);
      expect((await ask(base, 'HEAD', path('five'))).status).toBe(200);
    },
    'choice',
  );
  must(
    'of many who add to one tag at once under conditions, none is lost',
    async ({ base }) => {
      const read = async () => {
        const answer = await ask(base, 'GET', path('shared'));
        if (answer.status === 404) return { names: {}, condition: { 'if-none-match': '*' } };
        const { annotations } = JSON.parse(answer.body.toString()) as { annotations: Record<string, string> };
        return { names: annotations, condition: { 'if-match': String(answer.headers.etag) } };
      };
      const add = async (name: string) => {
        for (let tries = 0; tries < 100; tries += 1) {
          const { names, condition } = await read();
          const next = await newManifest(base, 'conditions/a', { annotations: { ...names, [name]: 'yes' } });
          if ((await putManifest(base, path('shared'), next.body, condition)).status === 201) return;
        }
        throw new Error('never got its turn');
      };
      const everybody = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
      await Promise.all(everybody.map(add));
      expect(Object.keys((await read()).names).sort()).toEqual(everybody);
    },
    'choice',
  );
});
