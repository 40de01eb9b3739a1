/** Trying workloads against the gate of a demo. */
import type { TrialAnswer, TrialOffer, TrialRequest } from '@pratique/hub/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiError } from '../api-error.ts';
import { useApi } from '../api.ts';
import { usePeople } from '../shell/queries.ts';

/** `GET /api/dev/deployments`: what can be tried; null where nothing can, which is every hub but a demo's. */
export function useTrialOffer() {
  const api = useApi();
  const { data: people } = usePeople();
  return useQuery({
    queryKey: ['trials'],
    queryFn: async ({ signal }) => {
      try {
        return await api.get<TrialOffer>('/api/dev/deployments', { signal, expect: ['namespaces', 'examples'] });
      } catch (error) {
        if (error instanceof ApiError && error.kind === 'not_found') return null;
        throw error;
      }
    },
    // A hub without ready-made people is no demo: it is not even asked.
    enabled: people != null,
    staleTime: Infinity,
  });
}

/** A gate gathers decisions for a second before it reports them. */
const reportedMs = 2_000;

/** `POST /api/dev/deployments`. What was decided belongs into every list that is open, as soon as the hub knows of it. */
export function useTrial() {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: TrialRequest) =>
      api.send<TrialAnswer>('/api/dev/deployments', { method: 'POST', body, expect: ['allowed', 'duration_ms'] }),
    onSuccess: () => {
      const lookAgain = () => void queries.invalidateQueries({ queryKey: ['admission'] });
      lookAgain();
      setTimeout(lookAgain, reportedMs);
    },
  });
}
