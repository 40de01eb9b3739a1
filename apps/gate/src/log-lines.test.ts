import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createLog } from '@pratique/runtime/log';
import { gatherLines } from './log-lines.ts';

function logInto(format: 'json' | 'json-pretty') {
  const writes: string[] = [];
  const destination = gatherLines({ write: (text) => writes.push(text) }, format);
  return { log: createLog({ level: 'info', format: 'json', name: 'gate', destination }), writes, destination };
}

it('lines of one turn are written together, each whole, with the name of the workload only', async () => {
  const { log, writes } = logInto('json');
  log.info({ name: 'web', password: 'hunter2' }, 'one');
  log.info('two');
  expect(writes).toEqual([]);
  await turn();
  expect(writes).toHaveLength(1);
  const [first = '', second = ''] = writes[0]?.split('\n') ?? [];
  expect(JSON.parse(first)).toMatchObject({ level: 'info', msg: 'one', name: 'web', password: '***' });
  expect(first.match(/"name"/g)).toHaveLength(1);
  expect(JSON.parse(second)).not.toHaveProperty('name');
});

it('json-pretty is indented JSON, a burst is written before it fills the memory, and nothing is left behind', () => {
  const { log, writes, destination } = logInto('json-pretty');
  for (let at = 0; at < 100; at += 1) log.info({ image: 'x'.repeat(1000) }, 'line');
  expect(writes.length).toBeGreaterThan(0);
  destination.flush();
  expect(writes.join('').match(/^ {2}"msg": "line"$/gm)).toHaveLength(100);
  expect(() => destination.flush()).not.toThrow();
});
