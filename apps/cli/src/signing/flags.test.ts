import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import {
  addFlags,
  applyVariables,
  deprecationsOf,
  refuseTogether,
  withPlainSwitches,
  type FlagGroup,
} from './flags.ts';
import { parseDuration } from './surroundings.ts';

const group: FlagGroup = {
  title: 'Flags',
  flags: [
    { name: '--tlog-upload', help: 'log', initial: true },
    { name: '-r, --recursive', help: 'all', initial: false },
    { name: '--no-upload', help: 'print only' },
    { name: '-a, --annotations <k=v>', help: 'pairs', many: true },
    { name: '-o, --output <kind>', help: 'kind', choices: ['json', 'text'], initial: 'json' },
    { name: '--attachment <kind>', help: 'old', deprecated: 'sign it by digest.' },
  ],
};

function parsed(words: readonly string[], env: Readonly<Record<string, string>> = {}): Command {
  const command = addFlags(new Command('sign').argument('[image...]'), group);
  command.parse([...withPlainSwitches(command, words)], { from: 'user' });
  applyVariables(command, env);
  return command;
}

describe('flags', () => {
  it.each([
    [[], { tlogUpload: true, annotations: [], output: 'json' }],
    [['--tlog-upload=false', '-r'], { tlogUpload: false, recursive: true }],
    [['--recursive=true', '--tlog-upload=T'], { tlogUpload: true, recursive: true }],
    [['-r=false', '--no-upload'], { recursive: false, upload: false }],
    [['--no-upload=false'], { upload: true }],
    [['-a', 'a=1', '-a', 'b=2'], { annotations: ['a=1', 'b=2'] }],
  ])('reads %j as cosign does', (words, values) => {
    expect(parsed(words).opts()).toMatchObject(values);
  });

  it('leaves words alone that are no flags', () => {
    const command = parsed(['-r', '--', '--recursive=false']);
    expect(command.opts()).toMatchObject({ recursive: true });
    expect(command.args).toEqual(['--recursive=false']);
  });

  it('takes every flag from a variable, ours before cosign’s, and lets the command line win', () => {
    expect(parsed([], { COSIGN_TLOG_UPLOAD: 'false', COSIGN_OUTPUT: 'text' }).opts()).toMatchObject({
      tlogUpload: false,
      output: 'text',
    });
    expect(parsed([], { COSIGN_OUTPUT: 'text', PRATIQUE_OUTPUT: 'json' }).opts()).toMatchObject({ output: 'json' });
    expect(parsed(['-o', 'json'], { COSIGN_OUTPUT: 'text' }).opts()).toMatchObject({ output: 'json' });
    expect(parsed([], { COSIGN_ANNOTATIONS: 'a=1,b=2' }).opts()).toMatchObject({ annotations: ['a=1,b=2'] });
  });

  it.each([
    [['--recursive=maybe'], {}, '--recursive is "maybe"'],
    [[], { COSIGN_RECURSIVE: 'often' }, 'COSIGN_RECURSIVE is "often"'],
    [[], { COSIGN_OUTPUT: 'xml' }, 'COSIGN_OUTPUT is "xml"'],
  ])('refuses %j with %j', (words, env, message) => {
    expect(() => parsed(words, env)).toThrow(message);
  });

  it('says once that an old flag was used, and nothing otherwise', () => {
    expect(deprecationsOf(parsed(['--attachment', 'sbom']), [group])).toEqual([
      'Flag --attachment has been deprecated, sign it by digest.',
    ]);
    expect(deprecationsOf(parsed([]), [group])).toEqual([]);
  });

  it('names flags that exclude each other', () => {
    expect(() => refuseTogether({ key: 'a', certificate: 'b' }, ['key', 'certificate'], 'One.')).toThrow(
      '--key and --certificate exclude each other.',
    );
    expect(() => refuseTogether({ key: 'a' }, ['key', 'certificate'], 'One.')).not.toThrow();
  });
});

describe('durations', () => {
  it.each([
    ['3m', 180_000],
    ['1m30s', 90_000],
    ['500ms', 500],
    ['3m0s', 180_000],
    ['1.5h', 5_400_000],
    ['10', 10_000],
  ])('reads %s', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds));
  it.each(['', '5x', '-3m', '0s', '9999h', '3 m'])('refuses %j', (text) => {
    expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
