import { http, HttpResponse, delay } from 'msw';
import { describe, expect, it } from 'vitest';
import type { ApiError } from './api-error.ts';
import { createApi, queryString } from './api.ts';
import { startHub } from './testing/console.tsx';

const hub = startHub();

function client(person: string | null = null, timeoutMs?: number) {
  return createApi({
    language: () => 'de',
    devPerson: () => person,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
}

function failure(asked: Promise<unknown>): Promise<ApiError> {
  return asked.then(
    () => {
      throw new Error('expected a failure');
    },
    (error: unknown) => error as ApiError,
  );
}

describe('the client of the hub', () => {
  it('asks in the language of the console', async () => {
    let language: string | null = null;
    hub.use(
      http.get('*/api/version', ({ request }) => {
        language = request.headers.get('accept-language');
        return HttpResponse.json({ version: '1' });
      }),
    );
    await client().get('/api/version', { expect: ['version'] });
    expect(language).toBe('de');
  });

  it('says who it looks as only where the hub offers people', async () => {
    const seen: (string | null)[] = [];
    hub.use(
      http.get('*/api/version', ({ request }) => {
        seen.push(request.headers.get('x-dev-person'));
        return HttpResponse.json({ version: '1' });
      }),
    );
    await client('tom').get('/api/version', { expect: ['version'] });
    hub.use(http.get('*/api/dev/people', () => HttpResponse.json([])));
    await client('tom').get('/api/version', { expect: ['version'] });
    await client(null).get('/api/version', { expect: ['version'] });
    expect(seen).toEqual([null, 'tom', null]);
  });

  it('tells a hub out of reach from one that is slow', async () => {
    hub.use(http.get('*/api/version', () => HttpResponse.error()));
    expect(await failure(client().get('/api/version', { expect: [] }))).toMatchObject({ kind: 'offline' });
    hub.use(
      http.get('*/api/version', async () => {
        await delay(300);
        return HttpResponse.json({});
      }),
    );
    expect(await failure(client(null, 20).get('/api/version', { expect: [] }))).toMatchObject({
      kind: 'unavailable',
      code: 'timeout',
    });
  });

  it('takes a success of the wrong shape for a fault, never for nothing', async () => {
    for (const body of [[], {}, null, 'text']) {
      hub.use(http.get('*/api/cves', () => HttpResponse.json(body)));
      const error = await failure(client().get('/api/cves', { expect: ['items', 'total'] }));
      expect(error).toMatchObject({ kind: 'internal', code: 'unexpected_answer' });
    }
    hub.use(http.get('*/api/namespaces', () => HttpResponse.html('<html>login</html>')));
    expect(await failure(client().get('/api/namespaces', { expect: 'array' }))).toMatchObject({
      code: 'unexpected_answer',
    });
  });

  it('leaves a cancelled question a cancelled question', async () => {
    const cancel = new AbortController();
    hub.use(
      http.get('*/api/version', async () => {
        cancel.abort();
        await delay(50);
        return HttpResponse.json({});
      }),
    );
    const asked = failure(client().get('/api/version', { expect: [], signal: cancel.signal }));
    expect((await asked).name).toBe('AbortError');
  });

  it('repeats lists and leaves out what is not set', () => {
    expect(queryString({ a: [4, 3], b: false, c: null, d: undefined, e: '', f: 0 })).toBe('?a=4&a=3&b=false&f=0');
  });
});
