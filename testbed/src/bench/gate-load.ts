/** Many clients at once against an HTTPS server: each sends its next request when the last was answered. */
import { Agent, request } from 'node:https';
import { createHistogram } from 'node:perf_hooks';

/** Milliseconds. */
export interface LoadFigure {
  readonly clients: number;
  readonly answers: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Whom to ask what. */
export interface Load {
  readonly url: string;
  readonly ca: string;
  /** The body of the n-th request. */
  readonly body: (no: number) => Buffer;
  readonly clients: number;
  readonly requests: number;
  /** Throws where an answer is not the one that is expected. */
  readonly check?: (status: number, body: Buffer) => void;
}

/** One request over a connection that is kept; the time is from sending to the last byte. */
export function askHttps(
  url: string,
  { agent, ca, body }: { readonly agent: Agent; readonly ca: string; readonly body: Buffer },
): Promise<{ readonly status: number; readonly body: Buffer; readonly ms: number }> {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const sent = request(url, { agent, ca, method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const whole = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
        resolve({ status: response.statusCode ?? 0, body: whole, ms: performance.now() - begun });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Runs the load to its end; connections are opened before it is timed. */
export async function runLoad({ url, ca, body, clients, requests, check }: Load): Promise<LoadFigure> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients, maxFreeSockets: clients });
  const histogram = createHistogram({ lowest: 1, highest: 60_000_000, figures: 3 });
  let next = 0;
  const once = async (): Promise<void> => {
    const answer = await askHttps(url, { agent, ca, body: body(next++) });
    check?.(answer.status, answer.body);
    histogram.record(Math.max(1, Math.round(answer.ms * 1000)));
  };
  await Promise.all(Array.from({ length: clients }, once));
  histogram.reset();
  let left = requests;
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (left > 0) {
        left -= 1;
        await once();
      }
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  agent.destroy();
  const at = (percent: number): number => histogram.percentile(percent) / 1000;
  return {
    ...{ clients, answers: requests, perSecond: requests / seconds },
    ...{ p50: at(50), p95: at(95), p99: at(99), max: histogram.max / 1000 },
  };
}
