import { useQueryClient } from '@tanstack/react-query';
import { type SyntheticEvent, useEffect, useRef } from 'react';
import { useApi } from '../api.ts';
import { rowOf } from '../keyboard/row.ts';
import { useScope } from '../shell/scope.ts';
import { cveOptions } from './queries.ts';

/** Long enough that a pointer on its way elsewhere asks nothing, short enough that the page is there on a click. */
const intentMs = 150;

/** Handlers of a table: whoever stays on a row, by pointer or keyboard, finds the page of its CVE already loaded. */
export function usePrefetchOnIntent() {
  const api = useApi();
  const queries = useQueryClient();
  const scope = useScope();
  const waiting = useRef<{ readonly cveId: string; readonly timer: ReturnType<typeof setTimeout> } | null>(null);
  function stop(): void {
    if (waiting.current !== null) clearTimeout(waiting.current.timer);
    waiting.current = null;
  }
  function start(event: SyntheticEvent): void {
    const cveId = rowOf(event.target)?.dataset['row'];
    if (cveId === waiting.current?.cveId) return;
    stop();
    if (cveId === undefined) return;
    const timer = setTimeout(() => void queries.prefetchQuery(cveOptions(api, cveId, scope)), intentMs);
    waiting.current = { cveId, timer };
  }
  useEffect(
    () => () => {
      if (waiting.current !== null) clearTimeout(waiting.current.timer);
    },
    [],
  );
  return { onPointerOver: start, onPointerLeave: stop, onFocus: start, onBlur: stop };
}
