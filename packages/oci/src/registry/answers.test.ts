import { describe, expect, it } from 'vitest';
import { digestOf } from '../digest.ts';
import { errorReply, manifestReply, plainClient, serve, tinyManifest } from './web-server-for-test.ts';
import type { Reply, Seen } from './web-server-for-test.ts';

const digest = digestOf(tinyManifest);
const size = tinyManifest.length;
const type = 'application/vnd.oci.image.manifest.v1+json';
const registry = { 'docker-distribution-api-version': 'registry/2.0' };

async function repositoryOn(handler: (seen: Seen) => Reply) {
  const server = await serve(handler);
  return {
    server,
    repository: plainClient(server),
    asked: () => server.seen.map(({ method, url }) => `${method} ${url}`),
  };
}

describe('resolving a tag', () => {
  it('takes one HEAD where the registry says all', async () => {
    const headers = { 'content-type': type, 'content-length': String(size), 'docker-content-digest': digest };
    const { repository, asked } = await repositoryOn(() => ({ headers }));
    expect(await repository.resolve('v1')).toEqual({ mediaType: type, digest, size });
    expect(asked()).toEqual(['HEAD /v2/team/app/manifests/v1']);
  });

  it.each([
    ['says no digest', { headers: { 'content-type': type, 'content-length': String(size) } }],
    ['says a digest that is none', { headers: { 'content-type': type, 'docker-content-digest': 'x' } }],
    [
      'says another type',
      { headers: { 'content-type': 'application/json', 'content-length': '9', 'docker-content-digest': digest } },
    ],
    ['refuses HEAD', { status: 405 }],
    ['does not know HEAD', { status: 501 }],
    ['says 404 without being a registry', { status: 404 }],
  ])('reads the manifest where the registry %s', async (_name, head) => {
    const { repository, asked } = await repositoryOn(({ method }) =>
      method === 'HEAD' ? head : manifestReply(tinyManifest),
    );
    expect(await repository.resolve('v1')).toEqual({ mediaType: type, digest, size });
    expect(asked()).toHaveLength(2);
  });

  it('gives nothing only where a registry says that there is nothing', async () => {
    const known = await repositoryOn(() => ({ status: 404, headers: registry }));
    expect(await known.repository.resolve('v1')).toBeUndefined();
    expect(known.asked()).toHaveLength(1);
    const spoken = await repositoryOn(() => errorReply(404, 'MANIFEST_UNKNOWN'));
    expect(await spoken.repository.resolve('v1')).toBeUndefined();
    const page = await repositoryOn(() => ({ status: 404, body: '<html>nothing here</html>' }));
    await expect(page.repository.resolve('v1')).rejects.toMatchObject({ code: 'registry-answer-invalid' });
  });

  it.each([401, 403, 429, 500, 503, 418])('is a fault where the registry answers %i', async (status) => {
    const { repository } = await repositoryOn(() => ({ status }));
    await expect(repository.resolve('v1')).rejects.toMatchObject({ values: { status } });
    await expect(repository.manifest('v1')).rejects.toMatchObject({ values: { status } });
    await expect(repository.hasBlob(digest)).rejects.toMatchObject({ values: { status } });
    await expect(repository.blob({ digest, size })).rejects.toMatchObject({ values: { status } });
  });

  it('does not believe the digest in the header of a manifest', async () => {
    const lying = {
      ...manifestReply(tinyManifest),
      headers: { 'content-type': type, 'docker-content-digest': digestOf('lie') },
    };
    const { repository } = await repositoryOn(() => lying);
    expect((await repository.manifest('v1'))?.descriptor.digest).toBe(digest);
  });
});

describe('a request that fails for a while', () => {
  it('is sent again, and waits as long as it is asked to', async () => {
    let asked = 0;
    const waits: number[] = [];
    const server = await serve(() => {
      asked += 1;
      if (asked === 1) return { status: 429, headers: { 'retry-after': '7' } };
      return asked === 2 ? { status: 502 } : manifestReply(tinyManifest);
    });
    const notices: string[] = [];
    const repository = plainClient(server, {
      sleep: async (ms) => void waits.push(ms),
      onNotice: ({ kind }) => kind === 'retry' && notices.push(kind),
    });
    expect(await repository.manifest('v1')).toBeDefined();
    expect(waits).toEqual([7_000, 3_000]);
    expect(notices).toHaveLength(2);
  });

  it('is not sent again where that leads nowhere', async () => {
    for (const status of [400, 401, 403, 405, 409, 413, 501, 507]) {
      const { repository, server } = await repositoryOn(() => ({ status }));
      await expect(repository.manifest('v1')).rejects.toMatchObject({ values: { status } });
      expect([status, server.seen.length]).toEqual([status, 1]);
    }
  });
});

describe('the list of tags', () => {
  it('is read over its pages and sorted', async () => {
    const { repository } = await repositoryOn(({ url }) =>
      url.includes('last=')
        ? { body: '{"name":"team/app","tags":["a","b"]}' }
        : { headers: { link: '</v2/team/app/tags/list?last=b>; rel="next"' }, body: '{"tags":["c","b"]}' },
    );
    expect(await repository.tags()).toEqual(['a', 'b', 'c']);
  });

  it('is empty for null and for a repository that does not exist', async () => {
    const nothing = await repositoryOn(() => ({ body: '{"name":"team/app","tags":null}' }));
    expect(await nothing.repository.tags()).toEqual([]);
    const unknown = await repositoryOn(() => errorReply(404, 'NAME_UNKNOWN'));
    expect(await unknown.repository.tags()).toEqual([]);
  });

  it('is a fault when it is something else or has no end', async () => {
    for (const body of ['', '[]', '{"tags":"v1"}', '{"tags":[1]}', '<html>']) {
      const { repository } = await repositoryOn(() => ({ body }));
      await expect(repository.tags()).rejects.toMatchObject({ code: 'registry-answer-invalid' });
    }
    const endless = await repositoryOn(({ url }) => ({
      headers: { link: `<${url}>; rel="next"` },
      body: '{"tags":["a"]}',
    }));
    await expect(endless.repository.tags()).rejects.toMatchObject({ code: 'content-too-large' });
  });
});

describe('deleting', () => {
  it('goes by digest where the registry deletes no tags', async () => {
    const { repository, asked } = await repositoryOn(({ method, url }) => {
      if (method !== 'DELETE') return manifestReply(tinyManifest);
      return url.endsWith(digest) ? { status: 202 } : errorReply(405, 'UNSUPPORTED');
    });
    expect(await repository.deleteManifest('v1')).toBe('deleted');
    expect(asked().at(-1)).toBe(`DELETE /v2/team/app/manifests/${digest}`);
  });

  it('says who may allow it where it is switched off', async () => {
    const { repository } = await repositoryOn(() => errorReply(405, 'UNSUPPORTED'));
    await expect(repository.deleteManifest(digest)).rejects.toMatchObject({
      code: 'registry-unsupported',
      message: expect.stringContaining('deletion is switched off'),
    });
  });
});
