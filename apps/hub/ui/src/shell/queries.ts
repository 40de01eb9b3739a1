/** Who is looking, where they may look, and what they look with. */
import type { Me, Pair, VersionInfo } from '@pratique/hub/contract';
import { useQuery } from '@tanstack/react-query';
import { useApi } from '../api.ts';

const fiveMinutes = 5 * 60_000;

/** `GET /api/auth/me` */
export function useMe() {
  const api = useApi();
  return useQuery({
    queryKey: ['me'],
    queryFn: ({ signal }) => api.get<Me>('/api/auth/me', { signal, expect: ['username', 'is_sec_team'] }),
    staleTime: fiveMinutes,
  });
}

/** `GET /api/namespaces`: the pairs this person may choose a scope from. */
export function useNamespaces() {
  const api = useApi();
  return useQuery({
    queryKey: ['namespaces'],
    queryFn: ({ signal }) => api.get<readonly Pair[]>('/api/namespaces', { signal, expect: 'array' }),
    staleTime: fiveMinutes,
  });
}

/** `GET /api/version` */
export function useVersion() {
  const api = useApi();
  return useQuery({
    queryKey: ['version'],
    queryFn: ({ signal }) => api.get<VersionInfo>('/api/version', { signal, expect: ['version'] }),
    staleTime: Infinity,
  });
}

/** `GET /api/dev/people`: the people of a demo, null elsewhere. */
export function usePeople() {
  const api = useApi();
  return useQuery({ queryKey: ['people'], queryFn: () => api.people(), staleTime: Infinity });
}
