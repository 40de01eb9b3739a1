import { afterEach, describe, expect, it, vi } from 'vitest';
import { isFault } from '@pratique/runtime/fault';
import { startQuestionPool, type QuestionPool } from './pool.ts';
import type { Question } from './question.ts';

let pool: QuestionPool | null = null;
afterEach(async () => {
  await pool?.stop();
  pool = null;
});

const question: Question = { kind: 'counts', ask: {} };
const fleet = { kind: 'fleet' } as const;

describe('a pool of question threads', () => {
  it('refuses to answer before it was given a snapshot, and lives on', async () => {
    const deaths: unknown[] = [];
    pool = startQuestionPool({ threads: 2, onThreadDeath: (error) => deaths.push(error) });
    await expect(pool.ask(question, fleet)).rejects.toThrow('before the first snapshot');
    await expect(pool.ask(question, { kind: 'team', key: 'a' })).rejects.toThrow('before the first snapshot');
    expect(deaths).toEqual([]);
  });

  it('leaves nothing waiting when it is stopped', async () => {
    pool = startQuestionPool({ threads: 1, onThreadDeath: () => undefined });
    const asked = pool.ask(question, fleet);
    const outcome = asked.then(
      () => 'answered',
      (error: unknown) => (isFault(error, 'overloaded') ? 'interrupted' : 'refused'),
    );
    await pool.stop();
    expect(['interrupted', 'refused']).toContain(await outcome);
  });

  it('replaces a thread that a broken message killed, after telling what happened', async () => {
    const deaths: unknown[] = [];
    pool = startQuestionPool({ threads: 1, onThreadDeath: (error) => deaths.push(error) });
    // A snapshot without its tables ends the thread: the worst that could ever be handed over.
    pool.connect((port) => port.postMessage({}));
    await vi.waitFor(() => expect(deaths.length).toBeGreaterThan(0), { timeout: 10_000 });
    await expect(pool.ask(question, fleet)).rejects.toMatchObject({ code: 'overloaded' });
    expect(pool.version).toBe(0);
  });
});
