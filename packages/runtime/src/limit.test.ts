import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundedText, readBounded, readBoundedText, readFileBounded, sizeInWords, withDeadline } from './limit.ts';

const what = 'the manifest';

describe('reading with a limit', () => {
  it('gives exactly the bytes that came, for any pieces that fit', async () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(pieces, async (chunks) => {
        const whole = Buffer.concat(chunks);
        expect(await readBounded(chunks, { bytes: whole.length, what })).toEqual(whole);
        if (whole.length > 0) {
          await expect(readBounded(chunks, { bytes: whole.length - 1, what })).rejects.toMatchObject({
            code: 'too-large',
          });
        }
      }),
    );
  });

  it('closes a stream that is too large instead of reading on', async () => {
    const endless = new Readable({
      read() {
        this.push(Buffer.alloc(1024));
      },
    });
    const refused = readBounded(endless, { bytes: 4096, what });
    await expect(refused).rejects.toThrow('The manifest is larger than the 4 KiB allowed.');
    expect(endless.destroyed).toBe(true);
  });

  it('refuses bytes that are not UTF-8 rather than replacing them', async () => {
    await expect(readBoundedText([Buffer.from([0x61, 0xff])], { bytes: 10, what })).rejects.toMatchObject({
      code: 'not-text',
    });
    expect(await readBoundedText([Buffer.from('gr'), Buffer.from('ün')], { bytes: 10, what })).toBe('grün');
  });

  it('reads a file up to its limit, and a device that has no end', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'pratique-limit-')), 'file');
    writeFileSync(path, 'four');
    expect(String(await readFileBounded(path, { bytes: 4, what }))).toBe('four');
    await expect(readFileBounded(path, { bytes: 3, what })).rejects.toMatchObject({ code: 'too-large' });
    await expect(readFileBounded('/dev/zero', { bytes: 100_000, what })).rejects.toMatchObject({ code: 'too-large' });
  });

  it('says which file could not be read and why', async () => {
    await expect(readFileBounded('/nonexistent/file', { bytes: 3, what })).rejects.toMatchObject({
      code: 'file-unreadable',
      message: 'The manifest could not be read from /nonexistent/file (ENOENT).',
    });
    await expect(readFileBounded(tmpdir(), { bytes: 3, what })).rejects.toMatchObject({ code: 'file-unreadable' });
  });

  it('counts text by its encoded size', () => {
    expect(boundedText('äöü', { bytes: 6, what })).toBe('äöü');
    expect(() => boundedText('äöü', { bytes: 5, what })).toThrow('5 bytes');
  });

  it('writes sizes in the largest unit that is exact', () => {
    expect([1000, 1024, 1_048_576, 1_048_577].map(sizeInWords)).toEqual([
      '1000 bytes',
      '1 KiB',
      '1 MiB',
      '1048577 bytes',
    ]);
  });
});

describe('waiting with a limit', () => {
  it('gives the result of work that is done in time', async () => {
    expect(await withDeadline(async () => 'done', { ms: 60_000, what })).toBe('done');
    expect(await withDeadline(Promise.resolve(1), { ms: 60_000, what })).toBe(1);
  });

  it('ends the wait and tells the work to stop', async () => {
    let told: unknown;
    const work = (signal: AbortSignal) =>
      new Promise<never>(() => signal.addEventListener('abort', () => (told = signal.reason)));
    await expect(withDeadline(work, { ms: 1, what })).rejects.toMatchObject({
      code: 'deadline-exceeded',
      values: { limitMs: 1 },
    });
    expect(told).toMatchObject({ code: 'deadline-exceeded' });
  });

  it('ends with the reason of the outer signal when that one fires first', async () => {
    const stopping = new AbortController();
    const waiting = withDeadline(() => new Promise<never>(() => {}), { ms: 60_000, what, signal: stopping.signal });
    stopping.abort(new Error('stopping'));
    await expect(waiting).rejects.toThrow('stopping');
    await expect(withDeadline(async () => 1, { ms: 60_000, what, signal: stopping.signal })).rejects.toThrow(
      'stopping',
    );
  });

  it('passes a failure of the work on unchanged', async () => {
    const failing = async () => {
      throw new TypeError('own');
    };
    await expect(withDeadline(failing, { ms: 60_000, what })).rejects.toThrow(TypeError);
  });
});
