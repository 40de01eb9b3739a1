/** Posts one payload to one receiver (ALR-4, ALR-7). */
import { setTimeout as pause } from 'node:timers/promises';
import { excerpt } from '@pratique/runtime/fault';
import { readBounded } from '@pratique/runtime/limit';

/** Where a payload goes. */
export interface Delivery {
  readonly url: URL;
  /** With the content type. */
  readonly headers: ReadonlyMap<string, string>;
  readonly payload: string;
  readonly signal: AbortSignal;
}

/** What sending stands on. */
export interface SendTools {
  readonly fetch: typeof fetch;
  readonly random: () => number;
  /** Milliseconds per attempt, and of the first pause. */
  readonly times: { readonly attempt: number; readonly pause: number };
}

/** What came of it; a problem names no address, for addresses of receivers are credentials. */
export type Delivered = { readonly state: 'sent' } | { readonly state: 'failed'; readonly problem: string };

/** 5 s per attempt; the pause before the first repetition, doubled for the second. */
export const sendTimes = { attempt: 5_000, pause: 250 } as const;

const outOfTime = 'the time of the admission request was over';
const attempts = 3;
const answerBytes = 64 * 1024;

/** Sends, and repeats what may go better another time: no connection, 429, 5xx. Never throws. */
export async function sendAlert(tools: SendTools, delivery: Delivery): Promise<Delivered> {
  let last: Attempt = { state: 'failed', problem: outOfTime, again: true };
  for (let count = 0; count < attempts && !delivery.signal.aborted; count += 1) {
    if (count > 0) await rest(tools, count, delivery.signal);
    last = await attempt(tools, delivery);
    if (last.state === 'sent' || !last.again) break;
  }
  return last.state === 'sent' ? { state: 'sent' } : { state: 'failed', problem: last.problem };
}

type Attempt =
  | { readonly state: 'sent' }
  | { readonly state: 'failed'; readonly problem: string; readonly again: boolean };

async function attempt({ fetch, times }: SendTools, delivery: Delivery): Promise<Attempt> {
  const signal = AbortSignal.any([delivery.signal, AbortSignal.timeout(times.attempt)]);
  try {
    const { url, headers } = withoutLogin(delivery);
    const response = await fetch(url, {
      method: 'POST',
      headers: [...headers],
      body: delivery.payload,
      // Another address is not the one that was configured, and the headers may hold a key.
      redirect: 'manual',
      signal,
    });
    // Read to its end also where nobody looks at it, so that the connection can be used again.
    const said = await textOf(response);
    if (response.ok) return { state: 'sent' };
    const { status } = response;
    const words = said === '' ? '' : `: ${excerpt(said, 200)}`;
    return { state: 'failed', problem: `it answered ${status}${words}`, again: status === 429 || status >= 500 };
  } catch (error) {
    return { state: 'failed', problem: reasonOf(error, delivery.signal), again: true };
  }
}

/** A login within the address becomes the header it stands for; fetch takes no such address. */
function withoutLogin({ url, headers }: Delivery): Pick<Delivery, 'url' | 'headers'> {
  if (url.username === '' && url.password === '') return { url, headers };
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return {
    url: bare,
    headers: new Map([['authorization', `Basic ${Buffer.from(login).toString('base64')}`], ...headers]),
  };
}

async function textOf({ body }: Response): Promise<string> {
  if (body === null) return '';
  return readBounded(body, { bytes: answerBytes, what: 'the answer of the receiver' }).then(
    (bytes) => bytes.toString('utf8').trim(),
    () => '',
  );
}

function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return outOfTime;
  if (error instanceof Error && error.name === 'TimeoutError') return 'it did not answer in time';
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return 'it refused the connection';
  if (code === 'ENOTFOUND') return 'its name is not known';
  return `it could not be reached (${code ?? 'unknown reason'})`;
}

/** The innermost code; messages are not looked at, for they may quote the address. */
function codeOf(error: unknown, depth = 0): string | undefined {
  if (typeof error !== 'object' || error === null || depth > 5) return undefined;
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  const inner = codeOf(cause, depth + 1) ?? (Array.isArray(errors) ? codeOf(errors[0], depth + 1) : undefined);
  return inner ?? (typeof code === 'string' ? code : undefined);
}

async function rest({ random, times }: SendTools, count: number, signal: AbortSignal): Promise<void> {
  const ms = times.pause * 2 ** (count - 1) * (0.5 + random() / 2);
  await pause(ms, undefined, { signal }).catch(() => undefined);
}
