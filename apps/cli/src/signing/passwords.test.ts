import { describe, expect, it } from 'vitest';
import { confirm } from './confirm.ts';
import { choosePassword, readPassword } from './passwords.ts';
import { surroundingsForTest } from './surroundings-for-test.ts';

describe('passwords', () => {
  it('come from the variable first, also when it is empty', async () => {
    const one = surroundingsForTest({ env: { COSIGN_PASSWORD: '' }, piped: 'other' });
    expect((await readPassword(one.surroundings)).toString()).toBe('');
    const two = surroundingsForTest({ env: { COSIGN_PASSWORD: 'päss' }, typed: ['other'] });
    expect((await choosePassword(two.surroundings)).toString()).toBe('päss');
  });

  it('come from the pipe as it is, with a word about a line break at the end', async () => {
    const plain = surroundingsForTest({ piped: 'a b\nc' });
    expect((await readPassword(plain.surroundings)).toString()).toBe('a b\nc');
    expect(plain.said()).toBe('');
    const echoed = surroundingsForTest({ piped: 'pw\n' });
    expect((await choosePassword(echoed.surroundings)).toString()).toBe('pw\n');
    expect(echoed.said()).toContain('ends with a line break');
    expect(echoed.said()).not.toContain('pw');
  });

  it('are typed once for a key that exists and twice for a new one', async () => {
    expect((await readPassword(surroundingsForTest({ typed: ['one'] }).surroundings)).toString()).toBe('one');
    expect((await choosePassword(surroundingsForTest({ typed: ['a', 'a'] }).surroundings)).toString()).toBe('a');
    await expect(choosePassword(surroundingsForTest({ typed: ['a', 'b'] }).surroundings)).rejects.toMatchObject({
      code: 'password-missing',
    });
  });

  it('are not read from a file that somebody piped by mistake', async () => {
    const { surroundings } = surroundingsForTest({ piped: 'x'.repeat(70_000) });
    await expect(readPassword(surroundings)).rejects.toMatchObject({ code: 'password-missing' });
  });
});

describe('questions', () => {
  it.each([
    [['y'], true],
    [['Yes'], true],
    [['n'], false],
    [[''], false],
    [[], false],
  ])('count %j as yes: %s', async (typed, goesOn) => {
    const answer = confirm(surroundingsForTest({ typed }).surroundings, 'Really?', false);
    if (goesOn) await expect(answer).resolves.toBeUndefined();
    else
      await expect(answer).rejects.toMatchObject({
        code: 'declined',
        message: expect.stringContaining('user declined'),
      });
  });

  it('are not asked where --yes was given', async () => {
    const { surroundings, said } = surroundingsForTest();
    await confirm(surroundings, 'Really?', true);
    expect(said()).toBe('');
  });
});
