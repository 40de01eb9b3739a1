import type { Me } from '@pratique/hub/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useApi } from '../api.ts';

/** `PATCH /api/auth/onboarding`: this person has been welcomed. Where it fails they are welcomed once more, no worse. */
export function useWelcomed() {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => api.send('/api/auth/onboarding', { method: 'PATCH', expect: ['ok'] }),
    onSuccess: () =>
      queries.setQueryData<Me>(['me'], (me) => (me === undefined ? me : { ...me, onboarding_completed: true })),
  });
}
