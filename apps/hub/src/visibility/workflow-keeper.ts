import type { Workflow } from './workflow.ts';

/** Where the workflow is read from; see `workflow-store.ts`. */
export interface WorkflowSource {
  readRevision(): Promise<string>;
  load(): Promise<Workflow>;
}

/** Keeps the workflow of a process at the revision of the database, as of each request. */
export interface WorkflowKeeper {
  /**
   * Makes sure that what was committed before this call counts, on whichever replica it was written.
   * @throws Fault `app-db-*`: without the workflow nobody can say what is visible
   */
  refresh(): Promise<Workflow>;
}

/** Concurrent refreshes share one look; `onChange` is told before any of them returns. */
export function keepWorkflow(source: WorkflowSource, onChange: (workflow: Workflow) => void): WorkflowKeeper {
  let current: Workflow | null = null;
  let running: Promise<Workflow> | null = null;
  let queued: Promise<Workflow> | null = null;

  async function look(): Promise<Workflow> {
    const revision = await source.readRevision();
    if (current === null || current.revision !== revision) {
      current = await source.load();
      onChange(current);
    }
    return current;
  }

  function refresh(): Promise<Workflow> {
    if (running === null) {
      running = look().finally(() => {
        running = null;
      });
      return running;
    }
    // A look already under way may have begun before the caller's write: share the one after it.
    queued ??= running
      .catch(() => undefined)
      .then(() => {
        queued = null;
        return refresh();
      });
    return queued;
  }

  return { refresh };
}
