import type { Workflow } from './workflow.ts';

/** Where the workflow is read from; see `workflow-store.ts`. */
export interface WorkflowSource {
  readRevision(): Promise<string>;
  load(): Promise<Workflow>;
}

/** Keeps the workflow of a process at the revision of the database, as of each request. */
export interface WorkflowKeeper {
  /** Of the workflow that was told last; null before the first. */
  readonly revision: string | null;
  /**
   * Makes sure that what was committed before this call counts, on whichever replica it was written.
   * @throws Fault `app-db-*`: without the workflow nobody can say what is visible
   */
  refresh(): Promise<Workflow>;
}

/** Concurrent refreshes share one look; `onChange` is told before any of them returns. */
export function keepWorkflow(source: WorkflowSource, onChange: (workflow: Workflow) => void): WorkflowKeeper {
  let current: Workflow | null = null;
  let running: Promise<unknown> = Promise.resolve();
  let gathering: Promise<Workflow> | null = null;

  async function look(): Promise<Workflow> {
    const revision = await source.readRevision();
    if (current === null || current.revision !== revision) {
      const loaded = await source.load();
      onChange(loaded);
      current = loaded;
    }
    return current;
  }

  function refresh(): Promise<Workflow> {
    // A look already under way may have begun before the caller's write: whoever comes meanwhile shares the one after it.
    gathering ??= running
      .catch(() => undefined)
      .then(() => {
        gathering = null;
        const looking = look();
        running = looking;
        return looking;
      });
    return gathering;
  }

  return {
    refresh,
    get revision() {
      return current?.revision ?? null;
    },
  };
}
