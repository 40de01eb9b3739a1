/** What the address of a CVE's page says beside the scope: how "where it runs" is looked at. A copied link shows the same. */

export interface DetailSearch {
  /** `image` lists by image; absent, by place. */
  readonly by?: 'image';
  /** Text that places and images are narrowed by. */
  readonly q?: string;
  /** Keys of the rows that stand otherwise than at first: opened, or closed. */
  readonly fold?: readonly string[];
}

const maxText = 200;
const maxFolds = 40;
const maxKey = 1_200;

/** Reads the address; what cannot be used is left out. */
export function readDetailSearch(raw: Record<string, unknown>): DetailSearch {
  const q = raw['q'];
  const listed = Array.isArray(raw['fold']) ? (raw['fold'] as unknown[]) : [raw['fold']];
  const fold = listed.filter((key): key is string => typeof key === 'string' && key !== '' && key.length <= maxKey);
  return {
    ...(raw['by'] === 'image' ? { by: 'image' } : {}),
    ...(typeof q === 'string' && q.trim() !== '' ? { q: q.trim().slice(0, maxText) } : {}),
    ...(fold.length > 0 ? { fold: [...new Set(fold)].slice(0, maxFolds) } : {}),
  };
}

/** The folds after one row was pressed. The oldest gives way when the address would grow too long. */
export function withFold(folds: readonly string[], key: string): readonly string[] {
  const rest = folds.filter((one) => one !== key);
  return rest.length < folds.length ? rest : [...rest, key].slice(-maxFolds);
}
