/** What the console asks of the hub about admission. */
import type { AdmissionDetail, AdmissionPage, AdmissionSummary } from '@pratique/hub/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ApiError } from '../api-error.ts';
import { useApi } from '../api.ts';
import { type Scope, scopeQuery } from '../shell/scope.ts';
import { type AdmissionSearch, decisionsQuery } from './search.ts';

const halfMinute = 30_000;

/** `GET /api/admission/decisions`, asked again every half minute: refusals happen now. */
export function useDecisions(search: AdmissionSearch, scope: Scope) {
  const api = useApi();
  return useQuery({
    queryKey: ['admission', 'decisions', search, scope],
    queryFn: ({ signal }) =>
      api.get<AdmissionPage>('/api/admission/decisions', {
        query: decisionsQuery(search, scope, Date.now()),
        signal,
        expect: ['items', 'total'],
      }),
    placeholderData: keepPreviousData,
    refetchInterval: halfMinute,
    staleTime: 2_000,
  });
}

/** `GET /api/admission/summary`; null where the hub is older than the question. */
export function useAdmissionSummary(scope: Scope) {
  const api = useApi();
  const query = scopeQuery(scope);
  return useQuery({
    queryKey: ['admission', 'summary', query],
    queryFn: async ({ signal }) => {
      try {
        return await api.get<AdmissionSummary>('/api/admission/summary', {
          query,
          signal,
          expect: ['state', 'clusters'],
        });
      } catch (error) {
        if (error instanceof ApiError && error.kind === 'not_found') return null;
        throw error;
      }
    },
    refetchInterval: halfMinute,
    staleTime: 2_000,
  });
}

const reportDelays = 4;

/** `GET /api/admission/decisions/{uid}`. Gates report within a second or so: what is not there yet is looked for again. */
export function useDecision(uid: string, cluster: string | undefined) {
  const api = useApi();
  return useQuery({
    queryKey: ['admission', 'decision', uid, cluster],
    queryFn: ({ signal }) =>
      api.get<AdmissionDetail>(`/api/admission/decisions/${encodeURIComponent(uid)}`, {
        query: { in: cluster },
        signal,
        expect: ['uid', 'images'],
      }),
    retry: (count, error) => error instanceof ApiError && error.kind === 'not_found' && count < reportDelays,
    retryDelay: 500,
    staleTime: Infinity,
  });
}
