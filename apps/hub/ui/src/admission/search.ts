/** The state of the list of decisions, which lives in the address. Cluster and namespace are the scope of every page. */
import { admissionOutcomes } from '@pratique/hub/contract/words';
import type { Query } from '../api.ts';
import { type Scope, scopeQuery } from '../shell/scope.ts';
import { classWords, type ClassWord } from './class-words.ts';

export const pageSize = 50;
export const periods = ['hour', 'day', 'week'] as const;
export type Period = (typeof periods)[number];
export type Outcome = (typeof admissionOutcomes)[number];

/** Absent means "no filter". */
export interface AdmissionSearch {
  readonly outcome?: Outcome;
  readonly class?: ClassWord;
  /** Part of an image reference or digest. */
  readonly image?: string;
  /** How far back; absent: as far as decisions are kept. */
  readonly period?: Period;
  readonly page?: number;
}

const maxImage = 300;

/** Reads the address; what makes no sense is dropped, so that a mistyped link still opens the list. */
export function readAdmissionSearch(raw: Record<string, unknown>): AdmissionSearch {
  const image = raw['image'];
  const page = Number(raw['page']);
  return withoutAbsent({
    outcome: admissionOutcomes.find((one) => one === raw['outcome']),
    class: classWords.find((one) => one === raw['class']),
    image: typeof image === 'string' && image.trim() !== '' ? image.trim().slice(0, maxImage) : undefined,
    period: periods.find((one) => one === raw['period']),
    page: Number.isInteger(page) && page > 1 && page <= 1_000_000 ? page : undefined,
  });
}

/** Changes filters and goes back to the first page. */
export function withAdmissionFilters(
  search: AdmissionSearch,
  change: { readonly [K in keyof AdmissionSearch]?: AdmissionSearch[K] | undefined },
): AdmissionSearch {
  return withoutAbsent({ ...search, page: undefined, ...change });
}

/** Whether anything but the scope narrows the list; the address holds both. */
export function isNarrowed({ outcome, class: word, image, period }: AdmissionSearch): boolean {
  return [outcome, word, image, period].some((filter) => filter !== undefined);
}

const minute = 60_000;
const lengths: Readonly<Record<Period, number>> = { hour: 60 * minute, day: 1_440 * minute, week: 7 * 1_440 * minute };

/** The question to `GET /api/admission/decisions`. The present is taken to the minute, so that one question stays one. */
export function decisionsQuery(search: AdmissionSearch, scope: Scope, now: number): Query {
  const { period, page, outcome, image } = search;
  const from = period === undefined ? undefined : Math.floor(now / minute) * minute - lengths[period];
  return {
    outcome,
    class: search.class,
    image,
    since: from === undefined ? undefined : new Date(from).toISOString(),
    page: page ?? 1,
    page_size: pageSize,
    ...scopeQuery(scope),
  };
}

function withoutAbsent(search: {
  readonly [K in keyof AdmissionSearch]?: AdmissionSearch[K] | undefined;
}): AdmissionSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}
