/** The state of the vulnerability list, which lives in the address: reading, changing, and asking the hub with it. */
import type { ImageSortKey, SortKey, TodayReason } from '@pratique/hub/contract';
import { imageSortKeys, sortKeys, todayReasons } from '@pratique/hub/contract/words';
import type { Query } from '../api.ts';
import { type Scope, scopeQuery } from '../shell/scope.ts';
import { type ColumnId, type Density, densities, readColumns } from './columns.ts';

export const pageSizes = [20, 50, 100] as const;
export const defaultPageSize = 50;
/** Rows per request while everything is scrolled through: the most the hub gives at once. */
export const scrollPageSize = 200;

export const cveSortKeys = sortKeys;
export { imageSortKeys };

export const riskStates = ['any', 'requested', 'approved'] as const;
export const remediationStates = ['unremediated', 'in_progress', 'remediated'] as const;
export const rhacsStates = ['deferred', 'false_positive', 'any'] as const;

/** What narrows the list. Absent means "no filter". */
export interface Filters {
  readonly search?: string;
  /** 0–4, each once, worst first. */
  readonly severity?: readonly number[];
  readonly fixable?: boolean;
  readonly prioritized_only?: boolean;
  readonly kev?: boolean;
  readonly cvss_min?: number;
  /** 0–1. */
  readonly epss_min?: number;
  readonly component?: string;
  /** Exact name, where `component` is part of one. */
  readonly component_name?: string;
  readonly risk_status?: (typeof riskStates)[number];
  readonly remediation_status?: (typeof remediationStates)[number];
  /** Whole days since first seen. */
  readonly age_min?: number;
  readonly age_max?: number;
  /** UTC instant. */
  readonly first_seen_after?: string;
  /** What the dashboard counts under this reason. */
  readonly today?: TodayReason;
  readonly deployment?: string;
  readonly image_name?: string;
  readonly show_suppressed?: boolean;
  readonly rhacs_state?: (typeof rhacsStates)[number];
}
export type FilterKey = keyof Filters;

export interface ListSearch extends Filters {
  readonly page?: number;
  /** `all`: one list to scroll through, without pages. */
  readonly page_size?: (typeof pageSizes)[number] | 'all';
  readonly sort_by?: SortKey | ImageSortKey;
  readonly sort_desc?: boolean;
  readonly view?: 'image';
  readonly advanced?: boolean;
  /** Absent: as this person likes it. */
  readonly columns?: readonly ColumnId[];
  readonly density?: Density;
  /** Id of the saved view these filters came from. */
  readonly saved?: string;
}

const severityNames = ['unknown', 'low', 'moderate', 'important', 'critical'];

/**
 * Reads the address. Values that make no sense are dropped rather than refused: a mistyped link still opens the
 * list, and the router writes the address back without them, so nobody believes in a filter that is not there.
 */
export function readListSearch(raw: Record<string, unknown>): ListSearch {
  const view = raw['view'] === 'image' ? 'image' : undefined;
  return withoutAbsent<ListSearch>({
    ...readFilters(raw),
    page: above(1, wholeIn(raw['page'], 1, 1_000_000)),
    page_size: pageSizeIn(raw['page_size'], view),
    sort_by: oneOf(view === 'image' ? imageSortKeys : cveSortKeys, raw['sort_by']),
    sort_desc: flag(raw['sort_desc']),
    view,
    advanced: onlyTrue(raw['advanced']),
    columns: readColumns(raw['columns']),
    density: oneOf(densities, raw['density']),
    saved: uuidIn(raw['saved']),
  });
}

/** Images are looked at in pages only: there are never that many. */
function pageSizeIn(value: unknown, view: 'image' | undefined): ListSearch['page_size'] {
  if (value === 'all') return view === 'image' ? undefined : 'all';
  const size = numberIn(value, 1, 200);
  return pageSizes.find((one) => one === size && one !== defaultPageSize);
}

function readFilters(raw: Record<string, unknown>): Filters {
  return {
    search: textIn(raw['search'], 200),
    severity: severities(raw['severity']),
    fixable: flag(raw['fixable']),
    prioritized_only: onlyTrue(raw['prioritized_only']),
    kev: onlyTrue(raw['kev']),
    cvss_min: above(0, numberIn(raw['cvss_min'], 0, 10)),
    epss_min: above(0, numberIn(raw['epss_min'], 0, 1)),
    component: textIn(raw['component'], 200),
    component_name: textIn(raw['component_name'], 512),
    risk_status: oneOf(riskStates, raw['risk_status']),
    remediation_status: oneOf(remediationStates, raw['remediation_status']),
    age_min: wholeIn(raw['age_min'], 0, 100_000),
    age_max: wholeIn(raw['age_max'], 0, 100_000),
    first_seen_after: instantIn(raw['first_seen_after']),
    today: oneOf(todayReasons, raw['today']),
    deployment: textIn(raw['deployment'], 255),
    image_name: textIn(raw['image_name'], 1024),
    show_suppressed: onlyTrue(raw['show_suppressed']),
    rhacs_state: oneOf(rhacsStates, raw['rhacs_state']),
  };
}

/** Filters that are set, in the order in which the list offers them. */
export function activeFilters(search: ListSearch): readonly FilterKey[] {
  return (Object.keys(readFilters({})) as FilterKey[]).filter((key) => search[key] !== undefined);
}

const advancedKeys: ReadonlySet<FilterKey> = new Set<FilterKey>([
  'cvss_min',
  'epss_min',
  'component',
  'component_name',
  'risk_status',
  'remediation_status',
  'age_min',
  'age_max',
  'first_seen_after',
  'deployment',
  'image_name',
  'show_suppressed',
  'rhacs_state',
]);

/** How many of the set filters sit behind "advanced". */
export function advancedCount(search: ListSearch): number {
  return activeFilters(search).filter((key) => advancedKeys.has(key)).length;
}

/** Changes filters and goes back to the first page, where the answer to a new question begins. */
export function withFilters(search: ListSearch, change: Filters): ListSearch {
  return withoutAbsent<ListSearch>({ ...search, ...change, page: undefined });
}

/** Removes every filter; the way of looking (view, sort, page size) stays. */
export function withoutFilters(search: ListSearch): ListSearch {
  const kept = {
    page_size: search.page_size,
    sort_by: search.sort_by,
    sort_desc: search.sort_desc,
    view: search.view,
    advanced: search.advanced,
    columns: search.columns,
    density: search.density,
  };
  return withoutAbsent<ListSearch>(kept);
}

/** Rows per request. */
function rowsPerRequest({ page_size }: ListSearch): number {
  return page_size === 'all' ? scrollPageSize : (page_size ?? defaultPageSize);
}

/** The question to `GET /api/cves`. Only what the hub knows: the address also holds how the list is looked at. */
export function cveListQuery(search: ListSearch, scope: Scope): Query {
  return {
    page: search.page ?? 1,
    page_size: rowsPerRequest(search),
    sort_by: search.sort_by ?? 'severity',
    sort_desc: search.sort_desc ?? true,
    ...withoutAbsent<Filters>(readFilters({ ...search })),
    ...scopeQuery(scope),
  };
}

const imageFilterKeys = [
  'search',
  'severity',
  'fixable',
  'cvss_min',
  'epss_min',
  'component',
  'kev',
  'rhacs_state',
  'show_suppressed',
  'image_name',
] as const;

/** Set filters that the view by image does not know: the page says so instead of ignoring them in silence. */
export function filtersWithoutEffect(search: ListSearch): readonly FilterKey[] {
  if (search.view !== 'image') return [];
  const known: readonly FilterKey[] = imageFilterKeys;
  return activeFilters(search).filter((key) => !known.includes(key));
}

/** The question to `GET /api/cves/by-image`. */
export function imageListQuery(search: ListSearch, scope: Scope): Query {
  return {
    page: search.page ?? 1,
    page_size: rowsPerRequest(search),
    sort_by: search.sort_by ?? 'total_cves',
    sort_desc: search.sort_desc ?? true,
    ...imageCvesQuery(search, scope),
    image_name: search.image_name,
  };
}

/** The question to `GET /api/cves/by-image/{id}/cves`: the same filters, within one image. */
export function imageCvesQuery(search: ListSearch, scope: Scope): Query {
  const { search: text, severity, fixable, cvss_min, epss_min, component, kev, rhacs_state, show_suppressed } = search;
  return {
    search: text,
    severity,
    fixable,
    cvss_min,
    epss_min,
    component,
    kev,
    rhacs_state,
    show_suppressed,
    ...scopeQuery(scope),
  };
}

function textIn(value: unknown, max: number): string | undefined {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  if (typeof text !== 'string') return undefined;
  const trimmed = text.trim();
  return trimmed === '' ? undefined : trimmed.slice(0, max);
}

function uuidIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value) ? value : undefined;
}

/** Only whole instants with a zone: a bare day would mean another moment to every reader. */
function instantIn(value: unknown): string | undefined {
  const isInstant = typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]{5,16}Z$/.test(value);
  return isInstant && !Number.isNaN(Date.parse(value)) ? value : undefined;
}

function numberIn(value: unknown, min: number, max: number): number | undefined {
  if (typeof value === 'string' && !/^\d{1,9}(?:\.\d{1,9})?$/.test(value)) return undefined;
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && number >= min && number <= max ? number : undefined;
}

function wholeIn(value: unknown, min: number, max: number): number | undefined {
  const number = numberIn(value, min, max);
  return Number.isInteger(number) ? number : undefined;
}

/** A limit at its lowest value is no limit. */
function above(limit: number, value: number | undefined): number | undefined {
  return value !== undefined && value > limit ? value : undefined;
}

function flag(value: unknown): boolean | undefined {
  if (value === true || value === 'true' || value === '1') return true;
  if (value === false || value === 'false' || value === '0') return false;
  return undefined;
}

function onlyTrue(value: unknown): true | undefined {
  return flag(value) === true ? true : undefined;
}

function oneOf<T extends string>(allowed: readonly T[], value: unknown): T | undefined {
  return allowed.find((one) => one === value);
}

function severities(value: unknown): readonly number[] | undefined {
  const parts = (Array.isArray(value) ? value : [value]).flatMap((one) =>
    typeof one === 'string' ? one.split(',') : [one],
  );
  const known = parts.map((part) =>
    typeof part === 'string' && severityNames.includes(part.toLowerCase())
      ? severityNames.indexOf(part.toLowerCase())
      : wholeIn(part, 0, 4),
  );
  const distinct = [...new Set(known)].filter((one) => one !== undefined).sort((a, b) => b - a);
  return distinct.length === 0 ? undefined : distinct;
}

function withoutAbsent<T extends object>(value: { readonly [K in keyof T]?: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}
