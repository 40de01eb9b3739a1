import type { SourceProblem } from './store.ts';

/** How much a source holds, as one poll saw it. */
export interface SourceSize {
  readonly deployments: number;
  readonly images: number;
  readonly findings: number;
  readonly imagesWithFindings: number;
}

/**
 * Whether a reading may replace the last one. A source that is suddenly empty, or has lost more than the allowed share
 * of anything, is far more often broken, half restored or migrating than fixed; so the last version stays, and a person decides.
 * Returns null when the reading is believable.
 */
export function judgeSize(
  previous: SourceSize | null,
  next: SourceSize,
  maxShrinkPercent: number,
): SourceProblem | null {
  if (next.deployments === 0 || next.images === 0) {
    return {
      code: 'source-empty',
      message: 'StackRox answered, but lists no deployment or no image at all.',
      hint: 'Look whether Central is still being installed, migrated or restored, and whether the role may read its tables. The last known data stays.',
    };
  }
  if (previous === null) {
    return null;
  }
  for (const what of ['deployments', 'images', 'findings', 'imagesWithFindings'] as const) {
    const least = previous[what] * (1 - maxShrinkPercent / 100);
    if (next[what] < least) {
      return {
        code: 'source-shrunk',
        message: `StackRox now holds ${next[what]} ${words[what]}, before it was ${previous[what]}: more than ${maxShrinkPercent} % less.`,
        hint: 'If so much was really removed, start once with SNAPSHOT_MAX_SHRINK_PERCENT=100; else look at Central. The last known data stays.',
      };
    }
  }
  return null;
}

const words: Readonly<Record<keyof SourceSize, string>> = {
  deployments: 'deployments',
  images: 'images',
  findings: 'findings',
  imagesWithFindings: 'images with findings',
};
