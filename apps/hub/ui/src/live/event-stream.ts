/** The hub's server-sent events, kept open: `GET /api/events`. */
import type { SourceEvent } from '@pratique/hub/contract';

export interface EventStreamOptions {
  readonly url: string;
  readonly onSource: (event: SourceEvent) => void;
  /** Whether events arrive. While they do not, whoever listens has to look for itself. */
  readonly onOpen?: (isOpen: boolean) => void;
  /** 0–1, for the jitter. */
  readonly random?: () => number;
  readonly firstRetryMs?: number;
}

const maxRetryMs = 60_000;
/** An event is a hundred bytes; anything longer is not from our hub. */
const maxEventLength = 10_000;

/**
 * Listens until the returned function is called. A stream that ends or was refused is opened again after 1 s, 2 s,
 * 4 s … up to a minute, each with jitter, so that a hub that restarts is not met by every console at once. The
 * browser's own retry is not used: it gives up on the first refusal.
 */
export function listen(options: EventStreamOptions): () => void {
  const { url, onSource, onOpen, random = Math.random, firstRetryMs = 1000 } = options;
  let stream: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;

  function open(): void {
    stream = new EventSource(url);
    stream.addEventListener('open', () => {
      failures = 0;
      onOpen?.(true);
    });
    stream.addEventListener('source', (event) => {
      const known = readSourceEvent((event as MessageEvent<unknown>).data);
      if (known !== null) onSource(known);
    });
    stream.addEventListener('error', again);
  }
  function again(): void {
    stream?.close();
    onOpen?.(false);
    timer = setTimeout(open, retryDelay(failures, firstRetryMs, random()));
    failures += 1;
  }
  open();
  return () => {
    clearTimeout(timer);
    stream?.removeEventListener('error', again);
    stream?.close();
  };
}

/** Milliseconds before another try, after so many failures: doubled each time, between half and the whole of it. */
export function retryDelay(failures: number, firstMs: number, chance: number): number {
  const whole = Math.min(maxRetryMs, firstMs * 2 ** Math.min(failures, 16));
  return Math.round(whole * (0.5 + chance / 2));
}

const states: readonly SourceEvent['state'][] = ['current', 'stale', 'never_read'];

/** Reads the data of an event, null for anything that is none. */
export function readSourceEvent(data: unknown): SourceEvent | null {
  if (typeof data !== 'string' || data.length > maxEventLength) return null;
  try {
    const { version, state, data_as_of } = JSON.parse(data) as Record<string, unknown>;
    const known = states.find((one) => one === state);
    if (typeof version !== 'number' || !Number.isInteger(version) || known === undefined) return null;
    if (data_as_of !== null && typeof data_as_of !== 'string') return null;
    return { version, state: known, data_as_of };
  } catch {
    return null;
  }
}
