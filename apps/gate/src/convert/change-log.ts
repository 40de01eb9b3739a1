/** What a conversion did and what it could not do: every line of it ends up in front of a person. */

/** A path inside the converted values: `['application', 'policy', 0, 'with']`. */
export type ValuePath = readonly (string | number)[];

/** Something that was moved, renamed or added. */
export interface Change {
  /** Where it stands now; its comment goes there. */
  readonly path: ValuePath;
  /** What was changed and why, one sentence without a secret. */
  readonly why: string;
}

/** Something of the old file that has no place in the new one. */
export interface Loss {
  /** Where it stood, with dots: `deployment.helmHookImage`. */
  readonly from: string;
  readonly why: string;
}

/** Collects both while values are converted. */
export interface ChangeLog {
  changed(path: ValuePath, why: string): void;
  lost(from: string, why: string): void;
  readonly changes: readonly Change[];
  readonly losses: readonly Loss[];
}

/** An empty log. */
export function createChangeLog(): ChangeLog {
  const changes: Change[] = [];
  const losses: Loss[] = [];
  return {
    changed: (path, why) => void changes.push({ path, why }),
    lost: (from, why) => void losses.push({ from, why }),
    changes,
    losses,
  };
}
