/** Everything the dashboard asks of the hub. */
import type { DashboardData, Today } from '@pratique/hub/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ApiError } from '../api-error.ts';
import { useApi } from '../api.ts';
import { type Scope, scopeQuery } from '../shell/scope.ts';

const fiveMinutes = 5 * 60_000;

/** `GET /api/dashboard`: every figure over one visible set. Asked again every five minutes. */
export function useDashboard(scope: Scope) {
  const api = useApi();
  const query = scopeQuery(scope);
  return useQuery({
    queryKey: ['dashboard', 'figures', query],
    queryFn: ({ signal }) =>
      api.get<DashboardData>('/api/dashboard', {
        query,
        signal,
        expect: ['stat_total_cves', 'severity_distribution', 'epss_matrix'],
      }),
    placeholderData: keepPreviousData,
    refetchInterval: fiveMinutes,
  });
}

/** `GET /api/dashboard/today`. Null where the hub is older than the question: the block is then left out. */
export function useToday(scope: Scope) {
  const api = useApi();
  const query = scopeQuery(scope);
  return useQuery({
    queryKey: ['dashboard', 'today', query],
    queryFn: async ({ signal }) => {
      try {
        return await api.get<Today>('/api/dashboard/today', { query, signal, expect: ['items', 'counts'] });
      } catch (error) {
        if (error instanceof ApiError && error.kind === 'not_found') return null;
        throw error;
      }
    },
    refetchInterval: fiveMinutes,
  });
}
