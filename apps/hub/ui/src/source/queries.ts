/** How old the hub's data is, and what is wrong with it. */
import type { SourcePoll, SourceStatus } from '@pratique/hub/contract';
import { skipToken, useQuery } from '@tanstack/react-query';
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

/** `GET /api/source/polls`: the reader's last looks, newest first. For the security team; older hubs do not know it. */
export function usePolls() {
  const api = useApi();
  return useQuery({
    queryKey: ['source', 'polls'],
    queryFn: ({ signal }) => api.get<readonly SourcePoll[]>('/api/source/polls', { signal, expect: 'array' }),
    refetchInterval: (query) => (query.state.error === null ? 30_000 : false),
  });
}

/** The state as it was last told, without asking: a page that says why it failed must not ask once more. */
export function useKnownSource() {
  return useQuery<SourceStatus>({ queryKey: ['source'], queryFn: skipToken });
}
