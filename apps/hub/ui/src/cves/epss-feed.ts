import type { EpssEntry } from '@pratique/hub/contract';
import { type QueryClient, useQueries, useQueryClient } from '@tanstack/react-query';
import { ApiError } from '../api-error.ts';
import { type Api, useApi } from '../api.ts';

const anHour = 60 * 60_000;
const none: ReadonlyMap<string, EpssEntry> = new Map();

/**
 * What FIRST's feed says about these CVEs (`GET /api/epss`), a page of at most 200 per question. A hub without the
 * feed, and a feed that cannot be asked, leave the list as it is: the probability in it comes from elsewhere.
 */
export function useEpssFeed(pages: readonly (readonly string[])[]): ReadonlyMap<string, EpssEntry> {
  const api = useApi();
  const queries = useQueryClient();
  return useQueries({
    queries: pages
      .filter((ids) => ids.length > 0)
      .map((ids) => ({
        queryKey: ['epss', ids],
        queryFn: ({ signal }: { signal: AbortSignal }) => ask(api, queries, ids, signal),
        staleTime: anHour,
        gcTime: 60_000,
        retry: false,
      })),
    combine,
  });
}

function combine(
  results: readonly { readonly data: readonly EpssEntry[] | undefined }[],
): ReadonlyMap<string, EpssEntry> {
  const entries = results.flatMap(({ data }) => data ?? []);
  return entries.length === 0 ? none : new Map(entries.map((entry) => [entry.cve_id, entry]));
}

const absent = ['epss-absent'];

async function ask(
  api: Api,
  queries: QueryClient,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly EpssEntry[]> {
  if (queries.getQueryData(absent) === true) return [];
  try {
    return await api.get<readonly EpssEntry[]>('/api/epss', { query: { cve: ids }, signal, expect: 'array' });
  } catch (error) {
    if (!(error instanceof ApiError) || error.kind !== 'not_found') throw error;
    // An older hub: asking it again for every page would only fill its log.
    queries.setQueryData(absent, true);
    return [];
  }
}
