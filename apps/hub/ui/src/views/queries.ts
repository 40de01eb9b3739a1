/** Saved views of the person who is looking. */
import type { SavedView, SavedViewWrite } from '@pratique/hub/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiError } from '../api-error.ts';
import { type Api, useApi } from '../api.ts';

/** `GET /api/views`; null where the hub has none to offer. */
export function useViews() {
  const api = useApi();
  return useQuery({ queryKey: ['views'], queryFn: ({ signal }) => ask(api, signal), staleTime: 5 * 60_000 });
}

async function ask(api: Api, signal: AbortSignal): Promise<readonly SavedView[] | null> {
  try {
    return await api.get<readonly SavedView[]>('/api/views', { signal, expect: 'array' });
  } catch (error) {
    if (error instanceof ApiError && error.kind === 'not_found') return null;
    throw error;
  }
}

const aView = ['id', 'name', 'search'];

/** `POST /api/views` without an id, `PUT /api/views/{id}` with one. */
export function useSaveView() {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...body }: SavedViewWrite & { readonly id?: string }) =>
      id === undefined
        ? api.send<SavedView>('/api/views', { method: 'POST', body, expect: aView })
        : api.send<SavedView>(`/api/views/${encodeURIComponent(id)}`, { method: 'PUT', body, expect: aView }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['views'] }),
  });
}

/** `DELETE /api/views/{id}` */
export function useDeleteView() {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.send<null>(`/api/views/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['views'] }),
  });
}
