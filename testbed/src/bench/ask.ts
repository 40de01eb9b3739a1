import { Agent, request } from 'node:http';
import type { ScopePair } from './scopes.ts';

/** Connections are kept: a browser's are, too. */
const agent = new Agent({ keepAlive: true, maxSockets: 32 });

/** One answer, read to its end. */
export interface Asked {
  readonly status: number;
  readonly ms: number;
  readonly bytes: number;
  readonly body: Buffer;
}

/** Asks once and reads the whole answer; the time is from sending to the last byte. */
export function askOnce(url: string, headers: Readonly<Record<string, string>>): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const sent = request(url, { agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const ms = performance.now() - started;
        const body = Buffer.concat(chunks);
        resolve({ status: response.statusCode ?? 0, ms, bytes: body.length, body });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

/**
 * The same, where only success counts.
 *
 * @throws Error with the beginning of the answer
 */
export async function ask(url: string, headers: Readonly<Record<string, string>>): Promise<Asked> {
  const asked = await askOnce(url, headers);
  if (asked.status !== 200) {
    throw new Error(`${url} answered ${asked.status}: ${asked.body.toString('utf8', 0, 500)}`);
  }
  return asked;
}

/** The headers a spoke sends for a person; `pairs` null is the security team. */
export function headersOf(key: string, user: string, pairs: readonly ScopePair[] | null): Record<string, string> {
  const groups: Record<string, string> = pairs === null ? { 'x-forwarded-groups': 'rhacs-sec-team' } : {};
  const stated = (pairs ?? []).map(({ namespace, cluster }) => `${namespace}:${cluster}`).join(',');
  return {
    'x-api-key': key,
    'x-forwarded-user': user,
    'x-forwarded-email': `${user}@example.com`,
    ...groups,
    ...(stated === '' ? {} : { 'x-forwarded-namespaces': stated }),
  };
}
