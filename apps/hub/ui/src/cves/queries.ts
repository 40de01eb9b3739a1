/** Everything the vulnerability pages ask of the hub. */
import type {
  CveDetail,
  CvePage,
  ImageCveDetail,
  ImageCveGroupPage,
  Thresholds,
  TimelineEvent,
} from '@pratique/hub/contract';
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { type Api, useApi } from '../api.ts';
import { type Scope, scopeQuery } from '../shell/scope.ts';
import { cveListQuery, imageCvesQuery, imageListQuery, type ListSearch } from './search.ts';

const page = ['items', 'total'];

/** Lists stand still under a reader: they are fetched again when asked for, not because the window was entered. */
const still = { refetchOnWindowFocus: false, refetchOnReconnect: false } as const;

/** `GET /api/cves`, one page of it. */
export function cveListOptions(api: Api, search: ListSearch, scope: Scope) {
  const query = cveListQuery(search, scope);
  return queryOptions({
    queryKey: ['cves', 'list', query],
    queryFn: ({ signal }) => api.get<CvePage>('/api/cves', { query, signal, expect: page }),
    ...still,
  });
}

/** One page of the list. The rows of the question before stay until the new ones are there. */
export function useCveList(search: ListSearch, scope: Scope) {
  return useQuery({ ...cveListOptions(useApi(), search, scope), placeholderData: keepPreviousData });
}

/** `GET /api/cves/by-image` */
export function useImageList(search: ListSearch, scope: Scope) {
  const api = useApi();
  const query = imageListQuery(search, scope);
  return useQuery({
    queryKey: ['cves', 'by-image', query],
    queryFn: ({ signal }) => api.get<ImageCveGroupPage>('/api/cves/by-image', { query, signal, expect: page }),
    placeholderData: keepPreviousData,
    ...still,
  });
}

/** `GET /api/cves/by-image/{id}/cves`: what one row of the view by image opens to. */
export function useCvesOfImage(
  image: { readonly id: string; readonly name: string },
  search: ListSearch,
  scope: Scope,
) {
  const api = useApi();
  const query = { ...imageCvesQuery(search, scope), name: image.name };
  const path = `/api/cves/by-image/${encodeURIComponent(image.id)}/cves`;
  return useQuery({
    queryKey: ['cves', 'by-image', image.id, query],
    queryFn: ({ signal }) => api.get<readonly ImageCveDetail[]>(path, { query, signal, expect: 'array' }),
  });
}

/** `GET /api/cves/{id}`, to ask or to have ready. */
export function cveOptions(api: Api, cveId: string, scope: Scope) {
  const query = scopeQuery(scope);
  return queryOptions({
    queryKey: ['cves', 'detail', cveId, query],
    queryFn: ({ signal }) =>
      api.get<CveDetail>(`/api/cves/${encodeURIComponent(cveId)}`, {
        query,
        signal,
        expect: ['cve_id', 'affected_deployments_list', 'components'],
      }),
  });
}

/** One CVE with everything its page shows. */
export function useCve(cveId: string, scope: Scope) {
  return useQuery(cveOptions(useApi(), cveId, scope));
}

/** `GET /api/cves/{id}/timeline` */
export function useTimeline(cveId: string, scope: Scope) {
  const api = useApi();
  const query = scopeQuery(scope);
  const path = `/api/cves/${encodeURIComponent(cveId)}/timeline`;
  return useQuery({
    queryKey: ['cves', 'timeline', cveId, query],
    queryFn: ({ signal }) => api.get<readonly TimelineEvent[]>(path, { query, signal, expect: 'array' }),
  });
}

/** `GET /api/settings/thresholds` */
export function useThresholds(enabled: boolean) {
  const api = useApi();
  return useQuery({
    queryKey: ['thresholds'],
    queryFn: ({ signal }) =>
      api.get<Thresholds>('/api/settings/thresholds', { signal, expect: ['min_cvss_score', 'min_epss_score'] }),
    enabled,
  });
}
