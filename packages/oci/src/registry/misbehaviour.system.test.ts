import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFault } from '@pratique/runtime/fault';
import { digestOf } from '../digest.ts';
import { collect } from '../image-for-test.ts';
import { errorReply, manifestReply, plainClient, serve, tinyManifest } from './web-server-for-test.ts';
import type { Handler } from './web-server-for-test.ts';

const content = Buffer.from('the content that was promised');
const promised = { digest: digestOf(content), size: content.byteLength };

/** Reads the promised blob from a server that behaves as told; two tries. */
async function readBlob(handler: Handler): Promise<Buffer> {
  const server = await serve(handler);
  const repository = plainClient(server, { attempts: 2 });
  return collect(await repository.blob(promised));
}

async function readManifest(handler: Handler) {
  return plainClient(await serve(handler), { attempts: 2 }).manifest('v1');
}

/** Writes for as long as anybody reads. */
const endless: Handler = (_seen, response) => {
  response.writeHead(200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' });
  const piece = Buffer.alloc(64 * 1024, 0x20);
  const more = (): void => {
    while (!response.destroyed && response.write(piece));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
  return undefined;
};

describe('a registry that misbehaves ends in a fault with a code', () => {
  it('when a blob has other bytes', async () => {
    const wrong = Buffer.from(content).fill('x');
    await expect(readBlob(() => ({ body: wrong }))).rejects.toMatchObject({ code: 'content-mismatch' });
  });

  it('when a blob is shorter or longer than promised', async () => {
    await expect(readBlob(() => ({ body: content.subarray(3) }))).rejects.toMatchObject({ code: 'content-mismatch' });
    const longer = Buffer.concat([content, content]);
    await expect(readBlob(() => ({ body: longer }))).rejects.toMatchObject({ code: 'content-mismatch' });
  });

  it('when a blob never ends', async () => {
    await expect(readBlob(endless)).rejects.toMatchObject({ code: 'content-mismatch' });
  });

  it('when a manifest never ends', async () => {
    await expect(readManifest(endless)).rejects.toMatchObject({ code: 'content-too-large' });
  });

  it('when a manifest says that it is huge', async () => {
    const handler: Handler = (_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(1e12) });
      response.write(' ');
      return undefined;
    };
    await expect(readManifest(handler)).rejects.toMatchObject({ code: 'content-too-large' });
  });

  it('when it promises more bytes than it sends and hangs up, each time', async () => {
    const handler: Handler = (_seen, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('few', () => response.destroy());
      return undefined;
    };
    await expect(readManifest(handler)).rejects.toMatchObject({ code: 'registry-unreachable' });
    await expect(readBlob(handler)).rejects.toMatchObject({ code: 'registry-unreachable' });
  });

  it('when nothing comes at all', async () => {
    await expect(readManifest(() => undefined)).rejects.toMatchObject({ code: 'registry-timeout' });
  });

  it('when bytes drip', async () => {
    const drip: Handler = (_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 100);
      response.once('close', () => clearInterval(timer));
      return undefined;
    };
    const times = { connect: 1_000, header: 1_000, idle: 1_000, answer: 1_500, leastBytesPerSecond: 1_000 };
    const repository = plainClient(await serve(drip), { attempts: 1, times });
    await expect(repository.manifest('v1')).rejects.toMatchObject({ code: 'registry-timeout' });
    const blob = repository.blob({ ...promised, size: 1e6 }).then(collect);
    await expect(blob).rejects.toMatchObject({ code: 'registry-timeout' });
  });

  it('when it redirects in a circle', async () => {
    const server = await serve(({ url }) => ({ status: 302, headers: { location: url } }));
    await expect(plainClient(server).manifest('v1')).rejects.toMatchObject({ code: 'registry-redirect' });
    expect(server.seen.length).toBe(11);
  });

  it('when it redirects to nowhere or to another kind of address', async () => {
    for (const location of ['http://[', 'file:///etc/passwd', 'ftp://example.com/x'])
      await expect(readManifest(() => ({ status: 302, headers: { location } }))).rejects.toMatchObject({
        code: 'registry-redirect',
      });
    await expect(readManifest(() => ({ status: 302 }))).rejects.toMatchObject({ code: 'registry-redirect' });
  });

  it.each(['http://169.254.169.254/latest/', 'http://[::ffff:169.254.169.254]/', 'http://[fe80::1]/'])(
    'when it leads to %s, where a cloud would tell its secrets',
    async (location) => {
      await expect(readManifest(() => ({ status: 302, headers: { location } }))).rejects.toMatchObject({
        code: 'registry-redirect',
      });
      const challenge = { status: 401, headers: { 'www-authenticate': `Bearer realm="${location}",service="x"` } };
      await expect(readManifest(() => challenge)).rejects.toMatchObject({ code: 'registry-answer-invalid' });
    },
  );

  it('and names the host that refused, where that is another one', async () => {
    const storage = await serve(() => errorReply(403, 'DENIED'));
    const location = `${storage.url.replace('127.0.0.1', 'localhost')}/x`;
    const { port } = new URL(storage.url);
    await expect(readManifest(() => ({ status: 307, headers: { location } }))).rejects.toMatchObject({
      message: expect.stringContaining(`redirected to localhost:${port}`),
    });
  });

  it('when it asks for a login again and again', async () => {
    const realm = (host: string): string => `Bearer realm="http://${host}/token",service="x"`;
    const server = await serve(({ url, headers }) =>
      url.startsWith('/token')
        ? { body: '{"token":"abc"}' }
        : { status: 401, headers: { 'www-authenticate': realm(headers.host ?? '') } },
    );
    await expect(plainClient(server).manifest('v1')).rejects.toMatchObject({ code: 'registry-unauthorized' });
    expect(server.seen.length).toBe(3);
  });

  it('when it compresses a manifest nobody asked to be compressed', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const headers = { 'content-type': 'application/vnd.oci.image.manifest.v1+json', 'content-encoding': 'gzip' };
    await expect(readManifest(() => ({ headers, body: bomb }))).rejects.toMatchObject({
      code: 'registry-answer-invalid',
    });
  });

  it('when a web page stands where a manifest should be, with any status', async () => {
    const page = { headers: { 'content-type': 'text/html' }, body: '<!DOCTYPE html><html>Sign in</html>' };
    for (const status of [200, 404]) {
      const reading = readManifest(() => ({ ...page, status }));
      await expect(reading).rejects.toMatchObject({ code: 'registry-answer-invalid' });
    }
  });

  it('when the type of a manifest is not what is inside', async () => {
    const reply = manifestReply(tinyManifest, 'application/vnd.oci.image.index.v1+json');
    await expect(readManifest(() => reply)).rejects.toMatchObject({ code: 'manifest-invalid' });
  });

  it('when a digest is asked for and something else is sent', async () => {
    const server = await serve(() => manifestReply(tinyManifest));
    const reading = plainClient(server).manifest(digestOf('something else'));
    await expect(reading).rejects.toMatchObject({ code: 'content-mismatch' });
  });

  it('when its header is larger than any header', async () => {
    const headers = { 'x-large': 'a'.repeat(40_000) };
    await expect(readManifest(() => ({ headers, body: tinyManifest }))).rejects.toMatchObject({
      code: 'registry-answer-invalid',
    });
  });

  it('whatever it sends', async () => {
    let reply: { status: number; headers: Record<string, string>; body: Buffer } | undefined;
    const server = await serve(() => reply);
    const repository = plainClient(server, { attempts: 1 });
    const header = fc.string({ maxLength: 60 }).map((text) => text.replace(/[^\x20-\x7e]/g, ''));
    const status = fc.oneof(fc.constant(200), fc.integer({ min: 200, max: 599 }));
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => Buffer.from(text)),
      fc.constant(Buffer.from(tinyManifest)),
    );
    const names = [
      'content-type',
      'www-authenticate',
      'location',
      'link',
      'retry-after',
      'docker-content-digest',
      'oci-subject',
    ];
    const headers = fc.record(Object.fromEntries(names.map((name) => [name, header])), { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(status, headers, body, async (code, some, bytes) => {
        reply = {
          status: code,
          headers: some as Record<string, string>,
          body: code === 204 || code === 304 ? Buffer.alloc(0) : Buffer.from(bytes),
        };
        for (const ask of [
          () => repository.manifest('v1'),
          () => repository.resolve('v1'),
          () => repository.tags(),
          () => repository.referrers(promised.digest),
          () => repository.blob(promised).then(collect),
          () =>
            repository.putManifest({
              bytes: Buffer.from(tinyManifest),
              mediaType: 'application/vnd.oci.image.manifest.v1+json',
              tag: 'v1',
            }),
          () => repository.putBlob({ ...promised, open: () => [content] }),
        ])
          await ask().catch((error: unknown) => expect(isFault(error) || String(error)).toBe(true));
      }),
      { numRuns: 150 },
    );
  });
});

describe('a blob whose connection breaks', () => {
  const bytes = randomBytes(300_000);
  const blob = { digest: digestOf(bytes), size: bytes.byteLength };

  /** Hangs up after a part, twice; `ranges` says whether it knows how to go on. */
  function breaking(ranges: boolean): Handler {
    let calls = 0;
    return ({ headers }, response) => {
      calls += 1;
      const from = ranges ? Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0) : 0;
      const status = from > 0 ? 206 : 200;
      response.writeHead(status, {
        'content-length': String(bytes.byteLength - from),
        'content-range': `bytes ${from}-`,
      });
      if (calls > 2) response.end(bytes.subarray(from));
      else response.write(bytes.subarray(from, from + 100_000), () => setTimeout(() => response.destroy(), 50));
      return undefined;
    };
  }

  for (const ranges of [true, false])
    it(`is taken up again where it broke${ranges ? '' : ', also where ranges are not known'}`, async () => {
      const server = await serve(breaking(ranges));
      expect(digestOf(await collect(await plainClient(server).blob(blob)))).toBe(blob.digest);
      expect(server.seen.length).toBe(3);
    });
});
