import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchText, followed, serviceFetch } from './fetch-text.ts';
import { surroundingsForTest } from './surroundings-for-test.ts';

const asked: string[] = [];
const proxy = createServer((request, response) => {
  asked.push(`${request.url}`);
  response.end('from the proxy');
});
let address: string;
beforeAll(async () => {
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterAll(() => proxy.close());

describe('texts from an address', () => {
  const wanted = { what: 'the public key', limitBytes: 100, surroundings: surroundingsForTest().surroundings };

  it.each(['http://example.invalid/cosign.pub', 'ftp://example.invalid/x', 'not an address'])(
    'are not fetched from %j, where somebody could replace them',
    async (text) => {
      await expect(fetchText(text, wanted)).rejects.toMatchObject({ code: 'usage' });
    },
  );

  it('are told to be out of reach with the address and without what is secret in it', async () => {
    const failed = fetchText('https://127.0.0.1:1/cosign.pub?token=hunter2', wanted);
    await expect(failed).rejects.toMatchObject({
      code: 'fetch-failed',
      message: expect.stringContaining('127.0.0.1:1/cosign.pub'),
    });
    await expect(failed).rejects.toMatchObject({ message: expect.not.stringContaining('hunter2') });
  });

  it('are not taken from where an address without encryption has led to', async () => {
    const ways: Readonly<Record<string, string>> = {
      'https://a.example/key': '/other',
      'https://a.example/other': 'http://plain.example/key',
      'http://plain.example/key': 'https://thief.example/key',
      'https://round.example/': 'https://round.example/',
    };
    const seen: string[] = [];
    const fetching = async (url: string) => {
      seen.push(url);
      const location = ways[url];
      return location === undefined ? new Response('key') : new Response(null, { status: 302, headers: { location } });
    };
    const { signal } = new AbortController();
    await expect(followed(new URL('https://a.example/key'), fetching, signal)).rejects.toThrow('without encryption');
    expect(seen).toEqual(['https://a.example/key', 'https://a.example/other']);
    await expect(followed(new URL('https://round.example/'), fetching, signal)).rejects.toThrow('more than 5 times');
    const answer = await followed(new URL('https://b.example/'), fetching, signal);
    expect(await answer.text()).toBe('key');
  });

  it('come through the proxy of the variables, unless the host is left out', async () => {
    const fetching = serviceFetch({ env: { HTTP_PROXY: address, NO_PROXY: '127.0.0.1' } });
    const answer = await fetching('http://service.invalid/path', {});
    expect([await answer.text(), asked.length]).toEqual(['from the proxy', 1]);
    await (await fetching(`${address}/direct`, {})).text();
    expect(asked.at(-1)).toBe('/direct');
  });
});
