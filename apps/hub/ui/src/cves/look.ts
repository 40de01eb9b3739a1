/** How a person likes the list to look: kept in this browser for each person, unless the address says otherwise. */
import { useMemo, useState } from 'react';
import { useMe } from '../shell/queries.ts';
import { remembered, remember } from '../preferences.ts';
import { type ColumnId, type Density, defaultColumns, densities, readColumns } from './columns.ts';
import type { ListSearch } from './search.ts';

export interface Look {
  readonly columns: readonly ColumnId[];
  readonly density: Density;
}

export const defaultLook: Look = { columns: defaultColumns, density: 'compact' };

/** What is kept, read without trust: storage is shared with older and newer consoles. */
export function readLook(stored: string | null): Look {
  if (stored === null) return defaultLook;
  try {
    const { columns, density } = JSON.parse(stored) as Record<string, unknown>;
    return {
      columns: readColumns(columns) ?? defaultColumns,
      density: densities.find((one) => one === density) ?? defaultLook.density,
    };
  } catch {
    return defaultLook;
  }
}

/** The look of a list at an address: what the address asks for, else what the person likes. */
export function lookOf(search: ListSearch, liked: Look): Look {
  return { columns: search.columns ?? liked.columns, density: search.density ?? liked.density };
}

/**
 * The look, and the way to change it. Where the address (a saved view, a link) says how to look, the address
 * changes and the person's own liking stays; else the liking changes.
 */
export function useLook(
  search: ListSearch,
  onChange: (search: ListSearch) => void,
): [Look, (look: Partial<Look>) => void] {
  const person = useMe().data?.id ?? '';
  const [chosen, setChosen] = useState<{ readonly person: string; readonly look: Look } | null>(null);
  const liked = useMemo(
    () => (chosen?.person === person ? chosen.look : readLook(remembered(`list-look:${person}`))),
    [chosen, person],
  );
  function change(look: Partial<Look>): void {
    if (search.columns !== undefined || search.density !== undefined) {
      onChange({ ...search, ...lookOf(search, liked), ...look });
      return;
    }
    const next = { ...liked, ...look };
    remember(`list-look:${person}`, JSON.stringify(next));
    setChosen({ person, look: next });
  }
  return [lookOf(search, liked), change];
}
