import type { VisibilityAnswer } from '@pratique/hub/contract';
import { useQuery } from '@tanstack/react-query';
import { useApi } from '../api.ts';
import { type Scope, scopeQuery } from '../shell/scope.ts';

/** `GET /api/cves/{id}/visibility`: every term that decides whether this person sees the CVE. */
export function useVisibility(cveId: string, scope: Scope) {
  const api = useApi();
  const query = scopeQuery(scope);
  const path = `/api/cves/${encodeURIComponent(cveId)}/visibility`;
  return useQuery({
    queryKey: ['cves', 'visibility', cveId, query],
    queryFn: ({ signal }) => api.get<VisibilityAnswer>(path, { query, signal, expect: ['visible', 'terms'] }),
  });
}
