import { describe, expect, it } from 'vitest';
import { digestOf } from '../digest.ts';
import { ociIndex } from '../media-types.ts';
import { fallbackTag } from '../referrers.ts';
import { errorReply, manifestReply, plainClient, serve, tinyManifest } from './web-server-for-test.ts';
import type { Reply } from './web-server-for-test.ts';

const subject = digestOf('the subject');
const entry = (name: string) => ({
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: digestOf(name),
  size: 10,
});
const list = (...names: string[]) =>
  JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: names.map(entry) });
const listReply = (...names: string[]): Reply => manifestReply(list(...names), ociIndex);
const none: Reply = errorReply(404, 'MANIFEST_UNKNOWN');

/** A registry with a list and a fallback tag. */
async function lists(kept: Reply | ((url: string) => Reply), fallback: Reply = none) {
  const server = await serve(({ url }) => {
    if (url.includes('/referrers/')) return typeof kept === 'function' ? kept(url) : kept;
    return url.endsWith(`/manifests/${fallbackTag(subject)}`) ? fallback : none;
  });
  return { server, repository: plainClient(server) };
}

const digests = (...names: string[]): string[] => names.map((name) => digestOf(name));

describe('the list of referrers', () => {
  it('is the one the registry keeps, and no filter is asked for', async () => {
    const { server, repository } = await lists(listReply('a', 'b'));
    const found = await repository.referrers(subject);
    expect(found).toMatchObject({ source: 'listed', looked: [{ status: 200 }] });
    expect(found.descriptors.map(({ digest }) => digest)).toEqual(digests('a', 'b'));
    expect(server.seen.map(({ url }) => url)).toEqual([`/v2/team/app/referrers/${subject}`]);
    expect(server.seen[0]?.headers.accept).toBe(ociIndex);
  });

  it('is read over all its pages', async () => {
    const { repository } = await lists((url) =>
      url.includes('page=2')
        ? listReply('b')
        : { ...listReply('a'), headers: { 'content-type': ociIndex, link: `<${url}?page=2>; rel="next"` } },
    );
    expect((await repository.referrers(subject)).descriptors.map(({ digest }) => digest)).toEqual(digests('a', 'b'));
  });

  it.each([404, 400, 406])('is the one under the fallback tag where the registry answers %i', async (status) => {
    const { repository } = await lists({ status, body: '404 page not found' }, listReply('c'));
    expect(await repository.referrers(subject)).toMatchObject({
      source: 'fallback-tag',
      descriptors: [{ digest: digestOf('c') }],
      looked: [{ status }, { status: 200 }],
    });
  });

  it('is also looked for under the fallback tag when the kept one is empty', async () => {
    const { repository } = await lists(listReply(), listReply('c'));
    expect(await repository.referrers(subject)).toMatchObject({ source: 'fallback-tag' });
  });

  it('is joined of both when the reader asks for that, each entry once', async () => {
    const { repository } = await lists(listReply('a', 'b'), listReply('b', 'c'));
    const found = await repository.referrers(subject, { fallbackWhen: () => true });
    expect(found.source).toBe('both');
    expect(found.descriptors.map(({ digest }) => digest)).toEqual(digests('a', 'b', 'c'));
  });

  it.each([401, 403, 429, 500, 503])('is a fault, never empty, where the registry answers %i', async (status) => {
    const { repository } = await lists({ status });
    await expect(repository.referrers(subject)).rejects.toMatchObject({ values: { status } });
    const broken = await lists(none, { status });
    await expect(broken.repository.referrers(subject)).rejects.toMatchObject({ values: { status } });
  });

  it('is a fault when a page of something else stands in its place', async () => {
    for (const type of ['text/html', 'application/json', '']) {
      const { repository } = await lists({ headers: { 'content-type': type }, body: list('a') });
      await expect(repository.referrers(subject)).rejects.toMatchObject({ code: 'registry-answer-invalid' });
    }
  });

  it('is a fault when it cannot be read', async () => {
    for (const body of ['', '{}', '<html>', '{"schemaVersion":2,"manifests":[{"digest":1}]}']) {
      const { repository } = await lists({ headers: { 'content-type': ociIndex }, body });
      await expect(repository.referrers(subject)).rejects.toMatchObject({ code: 'manifest-invalid' });
    }
  });

  it('does not follow a page to another host, nor for ever', async () => {
    const leading = (target: (url: string) => string) =>
      lists((url) => ({
        ...listReply('a'),
        headers: { 'content-type': ociIndex, link: `<${target(url)}>; rel="next"` },
      }));
    const away = await leading(() => 'http://evil.example.com/v2/');
    await expect(away.repository.referrers(subject)).rejects.toMatchObject({ code: 'registry-answer-invalid' });
    const circle = await leading((url) => url);
    await expect(circle.repository.referrers(subject)).rejects.toMatchObject({ code: 'content-too-large' });
    expect(circle.server.seen.length).toBe(100);
  });

  it('is not what stands under the fallback tag by chance, and that is said', async () => {
    for (const [reply, note] of [
      [manifestReply(tinyManifest), 'no list of referrers'],
      [manifestReply(list('a'), 'application/vnd.docker.distribution.manifest.list.v2+json'), undefined],
    ] as const) {
      const { repository } = await lists(none, reply);
      const reading = repository.referrers(subject);
      if (note === undefined) await expect(reading).rejects.toMatchObject({ code: 'manifest-invalid' });
      else expect((await reading).looked.at(-1)?.note).toContain(note);
    }
  });
});

describe('writing a manifest with a subject', () => {
  const artifact = JSON.stringify({ ...(JSON.parse(tinyManifest) as object), subject: entry('the subject') });
  const write = { bytes: Buffer.from(artifact), mediaType: 'application/vnd.oci.image.manifest.v1+json' };

  it('says that the registry has listed it when the registry says so', async () => {
    const server = await serve(() => ({ status: 201, headers: { 'oci-subject': subject } }));
    expect(await plainClient(server).putManifest(write)).toMatchObject({ subjectListed: true });
    expect(server.seen).toHaveLength(1);
  });

  it('asks for the list when the registry says nothing', async () => {
    for (const kept of [true, false]) {
      const server = await serve(({ method }) => (method === 'PUT' ? { status: 201 } : kept ? listReply() : none));
      expect(await plainClient(server).putManifest(write)).toMatchObject({ subjectListed: kept });
    }
  });

  it('is a fault when the registry stored something else', async () => {
    const server = await serve(() => ({ status: 201, headers: { 'docker-content-digest': digestOf('x') } }));
    await expect(plainClient(server).putManifest(write)).rejects.toMatchObject({ code: 'content-mismatch' });
  });

  it('goes without a condition where the registry compares with something else than digests', async () => {
    const server = await serve(({ method, headers }) => {
      if (method !== 'PUT') return manifestReply(tinyManifest);
      return headers['if-match'] === undefined ? { status: 201, headers: { 'oci-subject': subject } } : { status: 412 };
    });
    const expected = digestOf(tinyManifest);
    expect(await plainClient(server).putManifest({ ...write, tag: 'v1', expected })).toMatchObject({
      subjectListed: true,
    });
    const moved = await serve(({ method }) => (method === 'PUT' ? { status: 412 } : manifestReply(tinyManifest)));
    const writing = plainClient(moved).putManifest({ ...write, tag: 'v1', expected: digestOf('older') });
    await expect(writing).rejects.toMatchObject({ code: 'tag-changed' });
  });
});
