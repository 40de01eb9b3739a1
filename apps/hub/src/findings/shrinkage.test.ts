import { describe, expect, it } from 'vitest';
import { judgeSize, type SourceSize } from './shrinkage.ts';

const before: SourceSize = { deployments: 100, images: 50, findings: 1000, imagesWithFindings: 40 };

describe('a reading of a source', () => {
  it.each<[string, SourceSize | null, Partial<SourceSize>, number, string | null]>([
    ['the first of all', null, {}, 30, null],
    ['the first of all, though nothing was found in it', null, { findings: 0, imagesWithFindings: 0 }, 30, null],
    ['without deployments', null, { deployments: 0 }, 30, 'source-empty'],
    ['without known images', null, { images: 0 }, 30, 'source-empty'],
    ['without deployments where everything may go', before, { deployments: 0 }, 100, 'source-empty'],
    ['as large as before', before, {}, 30, null],
    ['as large as before where nothing may go', before, {}, 0, null],
    ['one deployment less where nothing may go', before, { deployments: 99 }, 0, 'source-shrunk'],
    [
      'exactly the allowed share less',
      before,
      { deployments: 70, images: 35, findings: 700, imagesWithFindings: 28 },
      30,
      null,
    ],
    ['one deployment beyond the share', before, { deployments: 69 }, 30, 'source-shrunk'],
    ['one image beyond the share', before, { images: 34 }, 30, 'source-shrunk'],
    ['one finding beyond the share', before, { findings: 699 }, 30, 'source-shrunk'],
    ['findings in too few images', before, { imagesWithFindings: 27 }, 30, 'source-shrunk'],
    ['without findings where everything may go', before, { findings: 0, imagesWithFindings: 0 }, 100, null],
    ['larger', before, { deployments: 1000, images: 500, findings: 100_000, imagesWithFindings: 400 }, 30, null],
  ])('%s is judged', (...[, previous, change, limit, code]) => {
    expect(judgeSize(previous, { ...before, ...change }, limit)?.code ?? null).toBe(code);
  });

  it('says what shrank and how to let it through', () => {
    const problem = judgeSize(before, { ...before, findings: 10 }, 30);
    expect(problem?.message).toContain('10 findings');
    expect(problem?.message).toContain('1000');
    expect(problem?.hint).toContain('SNAPSHOT_MAX_SHRINK_PERCENT');
  });
});
