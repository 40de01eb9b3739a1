import { describe, expect, it } from 'vitest';
import { digestOf } from '../digest.ts';
import { someBytes } from '../image-for-test.ts';
import type { BlobWrite } from '../store.ts';
import { clientForTest, errorReply, plainClient, serve } from './web-server-for-test.ts';
import type { Reply, Seen, WebServer } from './web-server-for-test.ts';

const bytes = someBytes(2_500_000);
const blob: BlobWrite = { digest: digestOf(bytes), size: bytes.byteLength, open: () => [bytes] };

/** A registry that takes uploads; `rule` answers first where it wants to. */
async function uploads(rule: (seen: Seen) => Reply | undefined = () => undefined) {
  const stored = new Map<string, Buffer>();
  const open = new Map<string, Buffer[]>();
  const server = await serve((seen) => rule(seen) ?? take(seen, stored, open));
  return { server, stored };
}

function take(seen: Seen, stored: Map<string, Buffer>, open: Map<string, Buffer[]>): Reply {
  const { pathname, searchParams } = new URL(seen.url, 'http://x');
  if (seen.method === 'HEAD') return { status: 404 };
  if (seen.method === 'POST') {
    const id = `/v2/team/app/blobs/uploads/${open.size + 1}`;
    open.set(id, []);
    return { status: 202, headers: { location: `${id}?state=a%2Fb` } };
  }
  if (seen.method === 'DELETE') return { status: open.delete(pathname) ? 204 : 404 };
  const pieces = open.get(pathname);
  if (pieces === undefined || searchParams.get('state') !== 'a/b') return errorReply(404, 'BLOB_UPLOAD_UNKNOWN');
  if (seen.body.byteLength > 0) pieces.push(seen.body);
  if (seen.method === 'PATCH') return { status: 202, headers: { location: seen.url } };
  const content = Buffer.concat(pieces);
  if (digestOf(content) !== searchParams.get('digest')) return errorReply(400, 'DIGEST_INVALID');
  stored.set(digestOf(content), content);
  return { status: 201 };
}

function methods(server: WebServer): string[] {
  return server.seen.map(({ method }) => method);
}

describe('an upload', () => {
  it('is one POST and one PUT, and the address of the registry keeps its query', async () => {
    const { server, stored } = await uploads();
    expect(await plainClient(server).putBlob(blob)).toBe('written');
    expect(stored.has(blob.digest)).toBe(true);
    expect(methods(server)).toEqual(['HEAD', 'POST', 'PUT']);
  });

  it('goes in one PATCH where the registry refuses that', async () => {
    const { server, stored } = await uploads(({ method, body }) =>
      method === 'PUT' && body.byteLength > 0 ? errorReply(400, 'UNSUPPORTED') : undefined,
    );
    expect(await plainClient(server).putBlob(blob)).toBe('written');
    expect(stored.has(blob.digest)).toBe(true);
    expect(methods(server)).toEqual(['HEAD', 'POST', 'PUT', 'DELETE', 'POST', 'PATCH', 'PUT']);
  });

  it('goes in pieces of 1 MiB where a proxy limits bodies', async () => {
    const { server, stored } = await uploads(({ body }) =>
      body.byteLength > 1024 * 1024 ? { status: 413, body: '<html>too large</html>' } : undefined,
    );
    expect(await plainClient(server).putBlob(blob)).toBe('written');
    expect(stored.has(blob.digest)).toBe(true);
    const ranges = server.seen
      .filter(({ method }) => method === 'PATCH')
      .map(({ headers }) => headers['content-range']);
    expect(ranges).toEqual(['0-1048575', '1048576-2097151', '2097152-2499999']);
  });

  it('is repeated as a whole when it fails half-way', async () => {
    let puts = 0;
    const { server, stored } = await uploads(({ method }) =>
      method === 'PUT' && (puts += 1) === 1 ? { status: 503 } : undefined,
    );
    expect(await plainClient(server).putBlob(blob)).toBe('written');
    expect(stored.has(blob.digest)).toBe(true);
    expect(methods(server)).toEqual(['HEAD', 'POST', 'PUT', 'DELETE', 'POST', 'PUT']);
  });

  it('ends at once when the disk is full, with the path', async () => {
    const detail = { DriverName: 'filesystem', Enclosed: { Op: 'mkdir', Path: '/var/lib/registry', Err: 28 } };
    const { server } = await uploads(({ method }) =>
      method === 'POST' ? errorReply(500, 'UNKNOWN', { detail }) : undefined,
    );
    await expect(plainClient(server).putBlob(blob)).rejects.toMatchObject({
      code: 'registry-storage',
      values: { storage: 'disk-full', path: '/var/lib/registry' },
    });
    expect(methods(server)).toEqual(['HEAD', 'POST']);
  });

  it('is spared where the blob can be mounted, and done where it cannot', async () => {
    for (const status of [201, 202]) {
      const { server } = await uploads(({ method, url }) =>
        method === 'POST' && url.includes('mount=') && status === 201 ? { status: 201 } : undefined,
      );
      const result = await plainClient(server).putBlob({ ...blob, mountFrom: 'other/app' });
      expect(result).toBe(status === 201 ? 'mounted' : 'written');
      expect(server.seen[1]?.url).toContain(`?mount=${encodeURIComponent(blob.digest)}&from=other%2Fapp`);
    }
  });

  it('does not send what does not match its digest to the end', async () => {
    const { server, stored } = await uploads();
    const open = async function* () {
      yield bytes.subarray(0, 1_000_000);
      throw new Error('the source broke');
    };
    await expect(plainClient(server).putBlob({ ...blob, open })).rejects.toThrow('the source broke');
    expect(stored.size).toBe(0);
  });

  it('does not follow an address that leads from https to http or nowhere', async () => {
    for (const location of [undefined, 'http://[', 'ftp://x/y']) {
      const headers: Record<string, string> = location === undefined ? {} : { location };
      const { server } = await uploads(({ method }) => (method === 'POST' ? { status: 202, headers } : undefined));
      await expect(plainClient(server).putBlob(blob)).rejects.toMatchObject({ code: 'registry-answer-invalid' });
    }
  });

  it('proves the right to push and leaves nothing behind', async () => {
    const { server } = await uploads();
    await plainClient(server).checkPush();
    expect(methods(server)).toEqual(['POST', 'DELETE']);
    const refusing = await serve(() => errorReply(403, 'DENIED'));
    await expect(plainClient(refusing).checkPush()).rejects.toMatchObject({ code: 'registry-denied' });
  });

  it('stops when the signal is aborted', async () => {
    const stop = new AbortController();
    const { server } = await uploads(({ method }) => {
      if (method === 'PUT') stop.abort(new Error('the program stops'));
      return method === 'PUT' ? { status: 503 } : undefined;
    });
    const client = clientForTest({ hosts: [{ host: server.host, plainHttp: true }] });
    const repository = client.repository({ registry: server.host, repository: 'team/app' });
    await expect(repository.putBlob(blob, { signal: stop.signal })).rejects.toThrow('the program stops');
  });
});
