/** How old the hub's data is, and what is wrong with it. */
import type { SourceStatus } from '@pratique/hub/contract';
import { useQuery } from '@tanstack/react-query';
import { useApi } from '../api.ts';

/** `GET /api/source`, looked at every half minute and again when the window is. */
export function useSource() {
  const api = useApi();
  return useQuery({
    queryKey: ['source'],
    queryFn: ({ signal }) =>
      api.get<SourceStatus>('/api/source', { signal, expect: ['state', 'data_as_of', 'version'] }),
    refetchInterval: 30_000,
    staleTime: 15_000,
  });
}
