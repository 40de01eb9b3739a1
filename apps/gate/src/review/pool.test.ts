import { expect, it } from 'vitest';
import { createPool } from './pool.ts';

const small = { images: 8, imagesPerRegistry: 2, waiting: 100, waitingPerRegistry: 3 };
const never = () => new Promise<never>(() => undefined);
const soon = async () => 'done';

it('leaves room for registries that are known when strangers name many that never answer', async () => {
  const pool = createPool(small);
  pool.prove('reg.example');
  for (let at = 0; at < 5; at += 1) void pool.run(`tar-pit-${at}.example`, never);
  expect(await pool.run('reg.example', soon)).toBe('done');
});

it('keeps the queue of one registry from filling the room for all', async () => {
  const pool = createPool(small);
  for (const registry of ['slow.example', 'reg.example']) pool.prove(registry);
  for (let at = 0; at < 5; at += 1) void pool.run('slow.example', never);
  expect(pool.run('slow.example', soon)).toBe('full');
  expect(await pool.run('reg.example', soon)).toBe('done');
});

it('refuses at once what finds no room at all, and has room again afterwards', async () => {
  const pool = createPool({ ...small, images: 1, waiting: 1 });
  const open: (() => void)[] = [];
  const held = () => new Promise<void>((resolve) => void open.push(resolve));
  const first = pool.run('a.example', held);
  const second = pool.run('a.example', soon);
  expect(pool.run('b.example', soon)).toBe('full');
  await Promise.resolve();
  await Promise.resolve();
  open[0]?.();
  await Promise.all([first, second]);
  expect(await pool.run('b.example', soon)).toBe('done');
  expect(pool.size).toBe(0);
});

it('forgets the registry that was proved longest ago rather than growing', async () => {
  const pool = createPool(small);
  for (let at = 0; at < 2_000; at += 1) pool.prove(`reg-${at}.example`);
  for (let at = 0; at < 5; at += 1) void pool.run('reg-0.example', never);
  expect(pool.run('another.example', soon), 'both are strangers').toBe('full');
});
