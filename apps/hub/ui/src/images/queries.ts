import type { ImageDetail } from '@pratique/hub/contract';
import { useQuery } from '@tanstack/react-query';
import { useApi } from '../api.ts';
import { type Scope, scopeQuery } from '../shell/scope.ts';

/** `GET /api/images/{id}`. `name` chooses one of the names that a digest runs under. */
export function useImage(imageId: string, name: string | undefined, scope: Scope) {
  const api = useApi();
  const query = { name, ...scopeQuery(scope) };
  return useQuery({
    queryKey: ['images', imageId, query],
    queryFn: ({ signal }) =>
      api.get<ImageDetail>(`/api/images/${encodeURIComponent(imageId)}`, {
        query,
        signal,
        expect: ['image_id', 'cves', 'layers'],
      }),
  });
}
