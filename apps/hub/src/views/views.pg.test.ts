import { beforeAll, afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { SavedView } from '@pratique/hub/contract';
import { appDatabaseForTest } from '../database/for-test.ts';
import type { HubServer } from '../http.ts';
import { serverForTest, someCaller } from '../http/for-test.ts';
import { registerViews } from './routes.ts';
import { maxViews } from './store.ts';

const { db } = await appDatabaseForTest();
let app: HubServer;
let who = 'ada';

beforeAll(async () => {
  app = await serverForTest({
    authenticate: () =>
      Promise.resolve({
        kind: 'identified',
        caller: someCaller({ id: who }),
        dropped: { pairs: 0, contacts: 0, secTeam: false },
      }),
  });
  registerViews(app, db);
  for (const id of ['ada', 'bob']) {
    await db.insertInto('users').values({ id, username: id, email: '', role: 'team_member' }).execute();
  }
});
afterAll(() => app.close());
beforeEach(async () => {
  who = 'ada';
  await db.deleteFrom('saved_views').execute();
});

const send = (method: 'POST' | 'PUT' | 'DELETE', url: string, payload?: object, headers: Record<string, string> = {}) =>
  app.inject({
    method,
    url,
    ...(payload === undefined ? {} : { payload }),
    headers: { 'accept-language': 'en', ...headers },
  });
const keep = (name: string, search = 'severity=4') => send('POST', '/api/views', { name, search });
const names = async () => (await app.inject('/api/views')).json<SavedView[]>().map(({ name }) => name);

describe('saved views', () => {
  it('are kept, listed by name, changed and removed', async () => {
    const made = await keep(' Critical and fixable ', 'severity=4&fixable=true');
    expect([made.statusCode, made.json().name]).toEqual([201, 'Critical and fixable']);
    await keep('All');
    expect(await names()).toEqual(['All', 'Critical and fixable']);
    const { id } = made.json<SavedView>();
    const changed = await send('PUT', `/api/views/${id}`, { name: 'Mine', search: '' });
    expect(changed.json()).toMatchObject({ id, name: 'Mine', search: '' });
    const removed = await send('DELETE', `/api/views/${id}`);
    expect([removed.statusCode, removed.body]).toEqual([204, '']);
    expect(await names()).toEqual(['All']);
  });

  it('of somebody else do not exist', async () => {
    const { id } = (await keep('Mine')).json<SavedView>();
    who = 'bob';
    expect(await names()).toEqual([]);
    for (const answer of [
      await send('PUT', `/api/views/${id}`, { name: 'Stolen', search: '' }),
      await send('DELETE', `/api/views/${id}`),
    ]) {
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'not_found']);
    }
    expect((await keep('Mine')).statusCode).toBe(201);
    who = 'ada';
    expect(await names()).toEqual(['Mine']);
  });

  it('have names of their own, also when two windows keep one at the same moment', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => keep('Twice')));
    const statuses = answers.map(({ statusCode }) => statusCode);
    expect([
      statuses.filter((status) => status === 201).length,
      statuses.filter((status) => status === 409).length,
    ]).toEqual([1, 5]);
    expect(answers.find(({ statusCode }) => statusCode === 409)?.json().detail).toContain(
      'You have a view named "Twice" already.',
    );
    const { id } = (await keep('Other')).json<SavedView>();
    const renamed = await send('PUT', `/api/views/${id}`, { name: 'Twice', search: '' });
    expect([renamed.statusCode, renamed.json().code]).toEqual([409, 'conflict']);
    expect(await names()).toEqual(['Other', 'Twice']);
  });

  it('are at most 50, also when the last ones come at once', async () => {
    await Promise.all(Array.from({ length: maxViews - 2 }, (_, at) => keep(`view ${at}`)));
    const last = await Promise.all(Array.from({ length: 5 }, (_, at) => keep(`last ${at}`)));
    expect(last.filter(({ statusCode }) => statusCode === 201)).toHaveLength(2);
    expect(last.find(({ statusCode }) => statusCode === 409)?.json().detail).toContain('You have 50 saved views');
    expect(await names()).toHaveLength(maxViews);
  });

  it.each([
    ['no name', { search: '' }],
    ['an empty name', { name: '', search: '' }],
    ['a name of blanks', { name: '   ', search: '' }],
    ['a name of 81 characters', { name: 'x'.repeat(81), search: '' }],
    ['an endless search', { name: 'x', search: 'x'.repeat(2001) }],
    ['a name that cannot be stored', { name: 'a\u0000b', search: '' }],
    ['a number', { name: 7, search: '' }],
  ])('are refused with %s', async (_name, payload) => {
    const answer = await send('POST', '/api/views', payload);
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'validation']);
  });

  it('cannot be changed by another web site', async () => {
    const { id } = (await keep('Mine')).json<SavedView>();
    const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    expect((await send('DELETE', `/api/views/${id}`, undefined, foreign)).statusCode).toBe(403);
    expect((await send('POST', '/api/views', { name: 'x', search: '' }, foreign)).statusCode).toBe(403);
    expect(await names()).toEqual(['Mine']);
  });

  it('go with the person', async () => {
    await db.insertInto('users').values({ id: 'gone', username: 'gone', email: '', role: 'team_member' }).execute();
    who = 'gone';
    await keep('Mine');
    await db.deleteFrom('users').where('id', '=', 'gone').execute();
    expect(await names()).toEqual([]);
  });
});
