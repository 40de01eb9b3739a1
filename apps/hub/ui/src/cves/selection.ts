/** Which CVEs are ticked. A selection belongs to one question: another filter begins a new one, another page does not. */
import { useMemo, useState } from 'react';

export interface Selection {
  readonly ids: ReadonlySet<string>;
  readonly has: (id: string) => boolean;
  readonly set: (ids: readonly string[], on: boolean) => void;
  readonly clear: () => void;
}

/** `question` names what is listed, whatever page or order it is looked at in. */
export function useSelection(question: string): Selection {
  const [state, setState] = useState<{ readonly question: string; readonly ids: ReadonlySet<string> }>({
    question,
    ids: new Set(),
  });
  return useMemo(() => {
    const ids = state.question === question ? state.ids : new Set<string>();
    return {
      ids,
      has: (id) => ids.has(id),
      set: (changed, on) =>
        setState((before) => ({
          question,
          ids: withIds(before.question === question ? before.ids : new Set(), changed, on),
        })),
      clear: () => setState({ question, ids: new Set() }),
    };
  }, [state, question]);
}

function withIds(before: ReadonlySet<string>, changed: readonly string[], on: boolean): ReadonlySet<string> {
  const after = new Set(before);
  for (const id of changed) {
    if (on) after.add(id);
    else after.delete(id);
  }
  return after;
}
