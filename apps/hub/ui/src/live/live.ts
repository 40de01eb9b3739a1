/** Keeps what is on the screen in step with the hub. */
import type { SourceEvent, SourceStatus } from '@pratique/hub/contract';
import { type Query, type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { type Api, queryString, useApi } from '../api.ts';
import { useMe } from '../shell/queries.ts';
import { useSource } from '../source/queries.ts';
import { listen } from './event-stream.ts';

/** Listens to the hub, and lets every figure follow a new version of the data. Lists wait to be asked. */
export function useLive(): void {
  useEvents();
  useFiguresFollow();
}

/** Events only say that something changed; what changed is asked for as always. So a hub without events loses nothing. */
function useEvents(): void {
  const api = useApi();
  const queries = useQueryClient();
  const person = useMe().data?.id;
  useEffect(() => {
    if (person === undefined || typeof EventSource === 'undefined') return;
    let stop: (() => void) | undefined;
    let isOver = false;
    void addressOf(api).then((url) => {
      if (!isOver) stop = listen({ url, onSource: (event) => void take(queries, event) });
    });
    return () => {
      isOver = true;
      stop?.();
    };
  }, [api, queries, person]);
}

/** An EventSource sends no headers, so a demo is told in the address whom it is looked at as. */
async function addressOf(api: Api): Promise<string> {
  return `/api/events${queryString({ dev_person: await api.person() })}`;
}

function take(queries: QueryClient, event: SourceEvent): Promise<void> {
  queries.setQueryData<SourceStatus>(['source'], (before) => (before === undefined ? before : { ...before, ...event }));
  return queries.invalidateQueries({ queryKey: ['source'] });
}

/** Whether a query is a list that must not move by itself. */
export function isHeld({ queryKey }: Pick<Query, 'queryKey'>): boolean {
  const [area, part] = queryKey;
  return area === 'cves' && (part === 'list' || part === 'by-image');
}

/** What a new version of the data does not change. */
const constant: readonly unknown[] = ['source', 'people', 'version', 'views', 'epss', 'epss-absent'];

/** A new version of the data makes every figure on the screen old at once: fetch them again together. */
function useFiguresFollow(): void {
  const queries = useQueryClient();
  const { data } = useSource();
  const seen = useRef<number | undefined>(undefined);
  const version = data?.version;
  useEffect(() => {
    if (version === undefined) return;
    if (seen.current !== undefined && seen.current !== version) void figuresAreOld(queries);
    seen.current = version;
  }, [version, queries]);
}

async function figuresAreOld(queries: QueryClient): Promise<void> {
  const held = queries.invalidateQueries({ predicate: isHeld, refetchType: 'none' });
  const others = queries.invalidateQueries({
    predicate: (query) => !isHeld(query) && !constant.includes(query.queryKey[0]),
  });
  await Promise.all([held, others]);
}
