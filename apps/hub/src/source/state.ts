import type { SourceEvent } from '@pratique/hub/contract';
import { isStale, type HubContext } from '../context.ts';

/** In one word: whether there is data, and whether it is as fresh as a healthy reader keeps it. */
export function sourceState(context: HubContext): SourceEvent['state'] {
  return context.source.loadedVersion === 0 ? 'never_read' : isStale(context) ? 'stale' : 'current';
}

/** What an open console is told of the source. */
export function sourceEvent(context: HubContext): SourceEvent {
  const { source } = context;
  return {
    version: source.loadedVersion,
    state: sourceState(context),
    data_as_of: source.state?.dataAsOf?.toISOString() ?? null,
  };
}
