/** One request and its whole answer, with faults in place of refusals. */
import { setTimeout as pause } from 'node:timers/promises';
import { isFault } from '@pratique/runtime/fault';
import { readBounded } from '@pratique/runtime/limit';
import type { ApiAnswer, ApiRequest, Transport } from './connection/transport.ts';
import { connectionFault } from './connection/connection-faults.ts';
import { kubeFault } from './errors.ts';
import { answerMs, busyRetries, objectBytes } from './limits.ts';
import { describePlace } from './resource.ts';
import { readStatus, statusFault } from './status-faults.ts';
import type { Asked } from './status-faults.ts';

/** What is sent, and how its answer is judged. */
export interface Question {
  readonly method: ApiRequest['method'];
  readonly path: string;
  readonly asked: Asked;
  readonly body?: string;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  /** Of the answer; {@link objectBytes} where absent. */
  readonly bytes?: number;
  /** Milliseconds for the whole exchange; {@link answerMs} where absent. */
  readonly timeoutMs?: number;
}

/**
 * Sends a request and reads its JSON.
 *
 * @returns undefined where the server says that what was named does not exist
 * @throws the faults of this package; the reason of an aborted signal
 */
export async function ask(transport: Transport, question: Question): Promise<unknown> {
  const answer = await sendPatiently(transport, question);
  if (answer.status === 404) {
    const status = await readStatus(answer);
    // Also said of a namespace that is not there, and that is no answer to "create".
    if (question.method === 'POST') throw statusFault(404, status, question.asked);
    return undefined;
  }
  if (answer.status < 200 || answer.status > 299)
    throw statusFault(answer.status, await readStatus(answer), question.asked);
  return parse(await readWhole(answer, transport, question), question.asked);
}

/** Repeats what the server did not take for want of capacity (429 says so before anything was done). */
async function sendPatiently(transport: Transport, question: Question): Promise<ApiAnswer> {
  for (let repeated = 0; ; repeated += 1) {
    const signal = deadlineOf(question);
    const answer = await send(transport, question, signal);
    if (answer.status !== 429 || repeated >= busyRetries.times) return answer;
    answer.body.resume();
    await pause(retryAfter(answer), undefined, { signal: question.signal });
  }
}

async function send(transport: Transport, question: Question, signal: AbortSignal): Promise<ApiAnswer> {
  try {
    const { method, path, body, contentType, timeoutMs = answerMs } = question;
    return await transport.send({ method, path, body, contentType, headerMs: timeoutMs, signal });
  } catch (error) {
    throw ended(error, transport, question);
  }
}

function deadlineOf({ signal, timeoutMs = answerMs }: Question): AbortSignal {
  const late = AbortSignal.timeout(timeoutMs);
  return signal === undefined ? late : AbortSignal.any([signal, late]);
}

function retryAfter({ headers }: ApiAnswer): number {
  const seconds = Number(headers['retry-after'] ?? 1);
  return Math.min(busyRetries.longestMs, Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 1000);
}

async function readWhole(answer: ApiAnswer, transport: Transport, question: Question): Promise<Buffer> {
  const { bytes = objectBytes, asked } = question;
  try {
    return await readBounded(answer.body, { bytes, what: describePlace(asked.resource, asked.place) });
  } catch (cause) {
    if (isFault(cause, 'too-large'))
      throw kubeFault({
        code: 'api-answer-too-large',
        message: `The answer for ${describePlace(asked.resource, asked.place)} is larger than ${bytes} bytes.`,
        hint: 'An object of this size does not fit into etcd as it is set up by default; look at who writes it.',
        values: { limitBytes: bytes },
        cause,
      });
    throw ended(cause, transport, question);
  }
}

function ended(error: unknown, transport: Transport, { signal }: Question): unknown {
  if (signal?.aborted === true) return signal.reason;
  const timedOut = error instanceof Error && error.name === 'TimeoutError';
  return connectionFault(timedOut ? Object.assign(new Error('late'), { code: 'ETIMEDOUT' }) : error, transport.server);
}

function parse(bytes: Buffer, asked: Asked): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw kubeFault({
      code: 'api-answer-invalid',
      message: `The API server answered for ${describePlace(asked.resource, asked.place)} with something that is not JSON.`,
      hint: 'Check that the address is that of a Kubernetes API server and not of a proxy in front of it.',
      cause,
    });
  }
}
