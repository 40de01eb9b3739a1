import { expect } from 'vitest';
import { conformance } from './chapter-for-test.ts';
import type { Target } from './chapter-for-test.ts';
import {
  ask,
  digestOf,
  errorOf,
  imageType,
  indexType,
  pushBlob,
  pushImage,
  putManifest,
} from '../registry-for-test.ts';
import type { Answer } from '../registry-for-test.ts';

interface Listed {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

function json({ body }: Answer): unknown {
  return JSON.parse(body.toString());
}

function nextOf({ headers }: Answer): string | undefined {
  const link = headers.link;
  return /^<([^>]*)>; rel="next"$/.exec(typeof link === 'string' ? link : '')?.[1];
}

conformance('listing tags', (must) => {
  async function fill({ base }: Target, repository: string, tags: readonly string[]): Promise<void> {
    const image = await pushImage(base, repository, tags[0] ?? 'a');
    for (const tag of tags.slice(1)) await putManifest(base, `/v2/${repository}/manifests/${tag}`, image.body);
  }
  const list = (answer: Answer) => json(answer) as { name: string; tags: string[] };

  must(
    'end-8a: the list names the repository and all its tags',
    async (target) => {
      await fill(target, 'list/tags', ['b', 'a', 'c']);
      const answer = await ask(target.base, 'GET', '/v2/list/tags/tags/list');
      expect(answer.status).toBe(200);
      expect(list(answer)).toEqual({ name: 'list/tags', tags: ['a', 'b', 'c'] });
    },
    'newer',
  );
  must(
    'end-8a: the order does not care for upper and lower case',
    async (target) => {
      await fill(target, 'list/case', ['b', 'A', 'c', 'B']);
      expect(list(await ask(target.base, 'GET', '/v2/list/case/tags/list')).tags).toEqual(['A', 'B', 'b', 'c']);
    },
    'choice',
  );
  must(
    'end-8b: n limits the list to its beginning',
    async (target) => {
      await fill(target, 'list/paged', ['a', 'b', 'c', 'd', 'e']);
      const answer = await ask(target.base, 'GET', '/v2/list/paged/tags/list?n=2');
      expect(list(answer).tags).toEqual(['a', 'b']);
    },
    'newer',
  );
  must(
    'end-8b: last gives what comes after that tag',
    async (target) => {
      await fill(target, 'list/paged', ['a', 'b', 'c', 'd', 'e']);
      const answer = await ask(target.base, 'GET', '/v2/list/paged/tags/list?n=2&last=b');
      expect(list(answer).tags).toEqual(['c', 'd']);
    },
    'newer',
  );
  must(
    'end-8b: n of 0 gives no tags',
    async (target) => {
      await fill(target, 'list/paged', ['a', 'b']);
      const answer = await ask(target.base, 'GET', '/v2/list/paged/tags/list?n=0');
      expect(answer.status).toBe(200);
      expect(list(answer).tags).toEqual([]);
    },
    'newer',
  );
  must(
    'end-8b: Link leads through all pages, and the last one has none',
    async (target) => {
      await fill(target, 'list/paged', ['a', 'b', 'c', 'd', 'e']);
      const seen: string[] = [];
      for (let path: string | undefined = '/v2/list/paged/tags/list?n=2'; path !== undefined;) {
        const answer: Answer = await ask(target.base, 'GET', path);
        seen.push(...list(answer).tags);
        path = nextOf(answer);
      }
      expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
    },
    'newer',
  );
  must(
    'an n that is no number is answered 400',
    async (target) => {
      await fill(target, 'list/paged', ['a']);
      expect((await ask(target.base, 'GET', '/v2/list/paged/tags/list?n=x')).status).toBe(400);
    },
    'newer',
  );
  must('end-8a: an unknown repository is answered 404 NAME_UNKNOWN', async ({ base }) => {
    const answer = await ask(base, 'GET', '/v2/list/never/tags/list');
    expect(answer.status).toBe(404);
    expect(errorOf(answer).code).toBe('NAME_UNKNOWN');
  });
  must(
    'a repository that has only blobs has an empty list',
    async ({ base }) => {
      await pushBlob(base, 'list/blobs-only', 'content');
      expect(list(await ask(base, 'GET', '/v2/list/blobs-only/tags/list')).tags).toEqual([]);
    },
    'choice',
  );
});

conformance('the catalogue', (must) => {
  must('repositories are listed, page after page', async ({ base }) => {
    for (const name of ['catalog/b', 'catalog/a', 'catalog/a/deeper']) await pushImage(base, name, '1');
    const seen: string[] = [];
    for (let path: string | undefined = '/v2/_catalog?n=1'; path !== undefined;) {
      const answer: Answer = await ask(base, 'GET', path);
      seen.push(...(json(answer) as { repositories: string[] }).repositories);
      path = nextOf(answer);
    }
    expect(seen).toEqual(['catalog/a', 'catalog/a/deeper', 'catalog/b']);
  });
});

conformance('listing referrers', (must) => {
  const refer = (digest: string, size: number, more = {}) => ({
    subject: { mediaType: imageType, digest, size },
    ...more,
  });
  async function pushSignature({ base }: Target, repository: string, subject: string, more = {}) {
    const tag = `t${digestOf(JSON.stringify(more)).slice(7, 17)}`;
    return pushImage(base, repository, tag, refer(subject, 100, more));
  }
  const list = (answer: Answer) =>
    json(answer) as { schemaVersion: number; mediaType: string; manifests: readonly Listed[] };

  must(
    'end-7: PUT of a manifest with a subject answers OCI-Subject',
    async (target) => {
      const image = await pushImage(target.base, 'refer/a', '1');
      const { answer } = await pushSignature(target, 'refer/a', image.digest);
      expect(answer.headers['oci-subject']).toBe(image.digest);
    },
    'referrers',
  );
  must(
    'end-7: PUT of a manifest without a subject does not answer OCI-Subject',
    async ({ base }) => {
      const { answer } = await pushImage(base, 'refer/a', '1');
      expect(answer.headers['oci-subject']).toBeUndefined();
    },
    'referrers',
  );
  must(
    'a manifest whose subject is not there is taken, and listed',
    async (target) => {
      const missing = digestOf('not there yet');
      const signature = await pushSignature(target, 'refer/early', missing);
      expect(signature.answer.status).toBe(201);
      const answer = await ask(target.base, 'GET', `/v2/refer/early/referrers/${missing}`);
      expect(list(answer).manifests.map((item) => item.digest)).toEqual([signature.digest]);
    },
    'referrers',
  );
  must(
    'end-12a: the list is an OCI index of everything that names the subject',
    async (target) => {
      const image = await pushImage(target.base, 'refer/b', '1');
      const first = await pushSignature(target, 'refer/b', image.digest, { artifactType: 'application/one' });
      const second = await pushSignature(target, 'refer/b', image.digest, { artifactType: 'application/two' });
      await pushSignature(target, 'refer/b', digestOf('another'), { artifactType: 'application/three' });
      const answer = await ask(target.base, 'GET', `/v2/refer/b/referrers/${image.digest}`);
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe(indexType);
      expect(list(answer)).toMatchObject({ schemaVersion: 2, mediaType: indexType });
      expect(list(answer).manifests.map((item) => item.digest)).toEqual([first.digest, second.digest].sort());
    },
    'referrers',
  );
  must(
    'end-12a: an entry has media type, digest, size, artifact type and annotations of the manifest',
    async (target) => {
      const image = await pushImage(target.base, 'refer/c', '1');
      const more = { artifactType: 'application/sig', annotations: { 'org.example.key': 'värde' } };
      const { digest, answer: pushed } = await pushSignature(target, 'refer/c', image.digest, more);
      expect(pushed.status).toBe(201);
      const answer = await ask(target.base, 'GET', `/v2/refer/c/referrers/${image.digest}`);
      expect(list(answer).manifests).toEqual([
        { mediaType: imageType, digest, size: expect.any(Number) as number, ...more },
      ]);
    },
    'referrers',
  );
  must(
    'end-12a: without an artifact type of its own, the one of its config is told',
    async (target) => {
      const image = await pushImage(target.base, 'refer/d', '1');
      await pushSignature(target, 'refer/d', image.digest);
      const answer = await ask(target.base, 'GET', `/v2/refer/d/referrers/${image.digest}`);
      expect(list(answer).manifests[0]?.artifactType).toBe('application/vnd.oci.image.config.v1+json');
    },
    'referrers',
  );
  must(
    'end-12a: an index with a subject is listed too',
    async (target) => {
      const { base } = target;
      const image = await pushImage(base, 'refer/index', '1');
      const body = JSON.stringify({
        schemaVersion: 2,
        mediaType: indexType,
        artifactType: 'application/set',
        manifests: [],
        ...refer(image.digest, image.size),
      });
      await putManifest(base, '/v2/refer/index/manifests/set', body, { 'content-type': indexType });
      const answer = await ask(base, 'GET', `/v2/refer/index/referrers/${image.digest}`);
      expect(list(answer).manifests).toEqual([
        { mediaType: indexType, digest: digestOf(body), size: body.length, artifactType: 'application/set' },
      ]);
    },
    'referrers',
  );
  must(
    'end-12a: nothing that refers is an empty index, never 404',
    async ({ base }) => {
      const image = await pushImage(base, 'refer/e', '1');
      const answer = await ask(base, 'GET', `/v2/refer/e/referrers/${image.digest}`);
      expect(answer.status).toBe(200);
      expect(list(answer).manifests).toEqual([]);
    },
    'referrers',
  );
  must(
    'end-12a: an unknown digest is an empty index too',
    async ({ base }) => {
      const answer = await ask(base, 'GET', `/v2/refer/never/referrers/${digestOf('nothing')}`);
      expect(answer.status).toBe(200);
      expect(list(answer).manifests).toEqual([]);
    },
    'referrers',
  );
  must(
    'end-12a: a malformed digest is answered 400',
    async ({ base }) => {
      expect((await ask(base, 'GET', '/v2/refer/a/referrers/sha256:abc')).status).toBe(400);
    },
    'referrers',
  );
  must(
    'end-12b: a filter leaves only that artifact type, and the answer says it was applied',
    async (target) => {
      const image = await pushImage(target.base, 'refer/f', '1');
      await pushSignature(target, 'refer/f', image.digest, { artifactType: 'application/one' });
      const wanted = await pushSignature(target, 'refer/f', image.digest, { artifactType: 'application/a+b' });
      const path = `/v2/refer/f/referrers/${image.digest}?artifactType=${encodeURIComponent('application/a+b')}`;
      const answer = await ask(target.base, 'GET', path);
      expect(answer.headers['oci-filters-applied']).toBe('artifactType');
      expect(list(answer).manifests.map((item) => item.digest)).toEqual([wanted.digest]);
    },
    'referrers',
  );
  must(
    'end-12a: without a filter nothing is said to be applied',
    async (target) => {
      const answer = await ask(target.base, 'GET', `/v2/refer/f/referrers/${digestOf('x')}`);
      expect(answer.headers['oci-filters-applied']).toBeUndefined();
    },
    'referrers',
  );
  must(
    'end-12a: a long list comes in pages that Link leads through, the filter kept',
    async (target) => {
      const image = await pushImage(target.base, 'refer/g', '1');
      const pushed: string[] = [];
      for (const one of ['1', '2', '3', '4', '5']) {
        const more = { artifactType: 'application/sig', annotations: { one } };
        pushed.push((await pushSignature(target, 'refer/g', image.digest, more)).digest);
      }
      await pushSignature(target, 'refer/g', image.digest, { artifactType: 'application/other' });
      const seen: string[] = [];
      const first = `/v2/refer/g/referrers/${image.digest}?n=2&artifactType=application/sig`;
      for (let path: string | undefined = first; path !== undefined;) {
        const answer: Answer = await ask(target.base, 'GET', path);
        expect(answer.headers['oci-filters-applied']).toBe('artifactType');
        seen.push(...list(answer).manifests.map((item) => item.digest));
        path = nextOf(answer);
      }
      expect(seen).toEqual(pushed.sort());
    },
    'referrers',
  );
  must(
    'a page is never larger than a client reads, however large the annotations',
    async (target) => {
      const image = await pushImage(target.base, 'refer/h', '1');
      const large = 'x'.repeat(3 * 1024 ** 2);
      for (const one of ['1', '2']) {
        await pushSignature(target, 'refer/h', image.digest, { annotations: { one, large } });
      }
      const answer = await ask(target.base, 'GET', `/v2/refer/h/referrers/${image.digest}`);
      expect(list(answer).manifests).toHaveLength(1);
      expect(answer.body.length).toBeLessThan(4 * 1024 ** 2);
      const rest = await ask(target.base, 'GET', nextOf(answer) ?? '');
      expect(list(rest).manifests).toHaveLength(1);
    },
    'referrers',
  );
  must(
    'a referrer that is deleted leaves the list',
    async (target) => {
      const image = await pushImage(target.base, 'refer/i', '1');
      const { digest } = await pushSignature(target, 'refer/i', image.digest);
      await ask(target.base, 'DELETE', `/v2/refer/i/manifests/${digest}`);
      const answer = await ask(target.base, 'GET', `/v2/refer/i/referrers/${image.digest}`);
      expect(list(answer).manifests).toEqual([]);
    },
    'referrers',
  );
  must(
    'deleting the subject leaves what refers to it',
    async (target) => {
      const image = await pushImage(target.base, 'refer/j', '1');
      const { digest } = await pushSignature(target, 'refer/j', image.digest);
      await ask(target.base, 'DELETE', `/v2/refer/j/manifests/${image.digest}`);
      const answer = await ask(target.base, 'GET', `/v2/refer/j/referrers/${image.digest}`);
      expect(list(answer).manifests.map((item) => item.digest)).toEqual([digest]);
    },
    'referrers',
  );
});
