import type { AdmissionReport } from '@pratique/hub/contract';

/** Where reports go, and as whom. */
export interface HubAddress {
  /** Base of the hub: `https://desk.example.com`. */
  readonly url: string;
  /** The key of the cluster. A function is asked for every report, so that a renewed key needs no restart. */
  readonly apiKey: string | (() => Promise<string>);
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
}

/** What became of a report. */
export type SendOutcome =
  | { readonly kind: 'taken' }
  /** The hub will never take it as it is. */
  | { readonly kind: 'unacceptable'; readonly problem: string }
  /** Another time it may. */
  | { readonly kind: 'failed'; readonly problem: string; readonly retryAfterMs: number | null };

const unacceptable: ReadonlySet<number> = new Set([400, 413, 422]);
const advice: Readonly<Record<number, string>> = {
  401: 'PRATIQUE_HUB_API_KEY is none of the keys of the hub (SPOKE_API_KEYS).',
  403: 'The key may not speak for this cluster: PRATIQUE_CLUSTER_NAME must be one of the clusters of its entry in SPOKE_API_KEYS.',
  404: 'PRATIQUE_HUB_URL leads to no hub that takes reports; it must be the base address of a hub of this version or later.',
  429: 'The hub asks for patience.',
};
const maxRetryAfterMs = 60_000;

/** Posts one report. Never throws; the reason never holds the key. */
export async function sendReport(
  { url, apiKey, fetch, timeoutMs }: HubAddress,
  report: AdmissionReport,
  signal: AbortSignal,
): Promise<SendOutcome> {
  try {
    const key = typeof apiKey === 'string' ? apiKey : await apiKey();
    const response = await fetch(`${url.replace(/\/+$/, '')}/api/admission/decisions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': 'en', 'x-api-key': key },
      body: JSON.stringify(report),
      // A redirect would take the key to another host.
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    await response.body?.cancel();
    return outcomeOf(response);
  } catch (error) {
    return {
      kind: 'failed',
      problem: `The hub at ${hostOf(url)} was not reached: ${reasonOf(error)}.`,
      retryAfterMs: null,
    };
  }
}

function outcomeOf({ status, ok, headers }: Response): SendOutcome {
  if (ok) return { kind: 'taken' };
  const problem = `The hub answered ${status}. ${advice[status] ?? 'The log of the hub says why.'}`;
  if (unacceptable.has(status)) return { kind: 'unacceptable', problem };
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0) * 1000, maxRetryAfterMs) : null;
  return { kind: 'failed', problem, retryAfterMs };
}

/** The innermost code says more than `fetch failed`; messages may quote addresses with passwords. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError') return 'it did not answer in time';
  const { cause } = error;
  if (typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string')
    return cause.code;
  return error.name;
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? 'PRATIQUE_HUB_URL';
}
