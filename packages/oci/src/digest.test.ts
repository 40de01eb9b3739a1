import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkBytes, checkedChunks, digestOf, isDigest, parseDigest, readChecked } from './digest.ts';

const bytes = Buffer.from('some bytes');
const expected = { digest: digestOf(bytes), size: bytes.byteLength };

async function handedOut(source: Iterable<Uint8Array>, want = expected): Promise<{ seen: number; failed: boolean }> {
  let seen = 0;
  try {
    for await (const piece of checkedChunks(source, want, 'the test')) seen += piece.byteLength;
    return { seen, failed: false };
  } catch {
    return { seen, failed: true };
  }
}

describe('a digest', () => {
  it('is that of the specification', () => {
    // image-spec "Guidance for an Empty Descriptor".
    expect(digestOf('{}')).toBe('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
    expect(parseDigest(digestOf('', 'sha512'))).toMatchObject({ algorithm: 'sha512' });
  });

  it('is refused when it is anything else', () => {
    const good = digestOf('x');
    for (const text of [
      '',
      'sha256:',
      good.slice(0, -1),
      `${good}a`,
      good.toUpperCase(),
      `md5:${good.slice(7)}`,
      good.slice(7),
      `${good.slice(0, -2)}/.`,
      `${good}\n`,
    ])
      expect([text, isDigest(text)]).toEqual([text, false]);
    expect(() => parseDigest('sha256:x')).toThrow(expect.objectContaining({ code: 'digest-invalid' }));
  });

  it('of bytes is checked together with their size', () => {
    expect(() => checkBytes(bytes, expected, 'x')).not.toThrow();
    expect(() => checkBytes(bytes, { digest: digestOf(bytes, 'sha512') }, 'x')).not.toThrow();
    for (const wrong of [{ ...expected, size: 9 }, { digest: digestOf('other') }])
      expect(() => checkBytes(bytes, wrong, 'x')).toThrow(expect.objectContaining({ code: 'content-mismatch' }));
  });
});

describe('checked pieces', () => {
  it('arrive unchanged however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 8 }), async (pieces) => {
        const whole = Buffer.concat(pieces);
        const want = { digest: digestOf(whole), size: whole.byteLength };
        expect(await readChecked(pieces, want, { from: 'x', limit: 1_000 })).toEqual(whole);
      }),
    );
  });

  it('never arrive whole when they are wrong', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 6 }), async (pieces) => {
        fc.pre(!Buffer.concat(pieces).equals(bytes));
        const { seen, failed } = await handedOut(pieces);
        expect(failed).toBe(true);
        expect(seen === 0 || seen < Buffer.concat(pieces).byteLength).toBe(true);
        expect(seen).toBeLessThanOrEqual(expected.size);
      }),
    );
  });

  it('hold the last one back until all agree', async () => {
    expect(await handedOut([Buffer.from('some '), Buffer.from('byteX')])).toEqual({ seen: 5, failed: true });
    expect(await handedOut([bytes])).toEqual({ seen: 10, failed: false });
    expect(await handedOut([bytes, Buffer.from('!')])).toEqual({ seen: 0, failed: true });
  });

  it('close their source when nobody reads on', async () => {
    let closed = false;
    const source = async function* () {
      try {
        for (;;) yield Buffer.from('x');
      } finally {
        closed = true;
      }
    };
    for await (const _ of checkedChunks(source(), { digest: digestOf('x'), size: 1_000 }, 'x')) break;
    expect(closed).toBe(true);
  });

  it('are not begun when they would be too large', async () => {
    const source = {
      [Symbol.iterator]: (): Iterator<Uint8Array> => {
        throw new Error('was read');
      },
    };
    const reading = readChecked(source, { ...expected, size: 11 }, { from: 'x', limit: 10 });
    await expect(reading).rejects.toMatchObject({ code: 'content-too-large' });
  });
});
