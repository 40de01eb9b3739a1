/** The rows of a list too long to hold: pages come when they are scrolled to and go when they are far away. */
import type { CveListItem, CvePage } from '@pratique/hub/contract';
import { useQueries, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useApi } from '../api.ts';
import type { Scope } from '../shell/scope.ts';
import { cveListOptions } from './queries.ts';
import { cveListQuery, type ListSearch, scrollPageSize } from './search.ts';

/** Pages further away than this are forgotten: about 2,000 rows are held at once, however long the list. */
const keptAround = 4;
/** Rows that are only flown past are not asked for. */
const restMs = 120;

export interface ScrolledPages {
  /** The row at a 0-based place, while its page is here. */
  readonly rowAt: (index: number) => CveListItem | undefined;
  /** The pages that are here, for what else is asked about their rows. */
  readonly ids: readonly (readonly string[])[];
  /** Why a page that is being looked at could not be fetched. */
  readonly error: Error | null;
  readonly retry: () => void;
}

/** 1-based pages that hold the rows from `first` to `last` (0-based, both included). */
export function pagesOf(first: number, last: number): readonly number[] {
  const from = Math.floor(Math.max(0, first) / scrollPageSize);
  const to = Math.floor(Math.max(first, last, 0) / scrollPageSize);
  return Array.from({ length: to - from + 1 }, (_unused, index) => from + index + 1);
}

export interface ScrolledTo {
  readonly search: ListSearch;
  readonly scope: Scope;
  readonly first: number;
  readonly last: number;
}

/** Fetches what is looked at, once scrolling rests. */
export function useScrolledPages({ search, scope, first, last }: ScrolledTo): ScrolledPages {
  const api = useApi();
  const queries = useQueryClient();
  const [from, to] = useRested(pagesOf(first, last));
  const wanted = Array.from({ length: to - from + 1 }, (_unused, index) => from + index);
  const results = useQueries({
    queries: wanted.map((page) => cveListOptions(api, { ...search, page }, scope)),
  });
  useEffect(() => {
    const question = questionOf(cveListQuery(search, scope));
    queries.removeQueries({
      queryKey: ['cves', 'list'],
      predicate: ({ queryKey }) => {
        const asked = queryKey[2] as ReturnType<typeof cveListQuery>;
        const page = Number(asked['page']);
        // The first page stays: it is what the list is entered with.
        return page > 1 && (page < from - keptAround || page > to + keptAround) && questionOf(asked) === question;
      },
    });
  }, [queries, search, scope, from, to]);
  const here = new Map(results.map(({ data }, index) => [wanted[index] ?? 0, data]));
  return {
    rowAt: (index) => rowIn(here, index),
    ids: [...here.values()].map((page) => page?.items.map((cve) => cve.cve_id) ?? []),
    error: results.find(({ error }) => error !== null)?.error ?? null,
    retry: () => void Promise.all(results.filter(({ isError }) => isError).map(({ refetch }) => refetch())),
  };
}

function rowIn(here: ReadonlyMap<number, CvePage | undefined>, index: number): CveListItem | undefined {
  return here.get(Math.floor(index / scrollPageSize) + 1)?.items[index % scrollPageSize];
}

function questionOf(query: ReturnType<typeof cveListQuery>): string {
  return JSON.stringify({ ...query, page: 0 });
}

/** The pages looked at, a moment after they last changed. */
function useRested(pages: readonly number[]): readonly [number, number] {
  const from = pages[0] ?? 1;
  const to = pages.at(-1) ?? from;
  const [rested, setRested] = useState<readonly [number, number]>([from, to]);
  useEffect(() => {
    const timer = setTimeout(() => setRested([from, to]), restMs);
    return () => clearTimeout(timer);
  }, [from, to]);
  return rested;
}
