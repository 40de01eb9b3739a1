/** Calls one webhook over HTTPS, as the API server does. */
import { X509Certificate } from 'node:crypto';
import { Agent, request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { connect, rootCertificates } from 'node:tls';
import { readBounded } from '@pratique/runtime/limit';
import { goWords, statusWords } from './go-words.ts';
import type { Webhook } from './webhook.ts';

/** Where a Service leads to. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** How a Service is found: an address, or why there is none in the words of the API server. */
export type Resolve = (service: {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}) => Endpoint | string;

/** Reaches webhooks; connections are kept as the real server keeps them. */
export class WebhookCaller {
  readonly #agents = new Map<string, Agent>();
  readonly #resolve: Resolve;
  readonly #now: () => Date;

  constructor(resolve: Resolve, now: () => Date) {
    this.#resolve = resolve;
    this.#now = now;
  }

  /**
   * Posts a review.
   *
   * @returns the body of the answer
   * @throws Error whose message is what the API server says after `failed calling webhook "…": `
   */
  async post(webhook: Webhook, review: string): Promise<string> {
    const seconds = webhook.timeoutSeconds ?? 10;
    const { service, url } = webhook.clientConfig;
    const written = url ?? urlOf(service);
    const place = new URL(written);
    const asked = `Post "${written}?timeout=${seconds}s"`;
    const fail = (why: string) => new Error(`failed to call webhook: ${asked}: ${why}`);
    const port = service?.port ?? (place.port === '' ? 443 : Number(place.port));
    const found = service === undefined ? { host: place.hostname, port } : this.#resolve({ ...service, port });
    if (typeof found === 'string') throw fail(found);
    const ca = caOf(webhook.clientConfig.caBundle);
    if (ca === 'damaged')
      throw new Error('failed to call webhook: unable to load root certificates: unable to parse bytes as PEM block');
    const target = { ...found, serverName: place.hostname, path: `${place.pathname}?timeout=${seconds}s` };
    const agent = this.#agentFor(ca, target);
    try {
      const { status, body } = await send({ target, agent, host: written.split('/')[2] ?? '', review, seconds });
      if (status < 200 || status > 299) throw new Answered(statusWords(status, body));
      return body;
    } catch (error) {
      if (error instanceof Answered) throw new Error(`failed to call webhook: ${error.message}`, { cause: error });
      const certificate = isAboutDates(error) ? await shownBy(target) : undefined;
      const address = `${found.host}:${found.port}`;
      throw fail(goWords(error, { address, serverName: target.serverName, now: this.#now(), certificate }));
    }
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  #agentFor(ca: readonly string[] | undefined, { host, port, serverName }: Target): Agent {
    const key = `${host}:${port} ${serverName} ${ca?.join('') ?? 'system'}`;
    const agent =
      this.#agents.get(key) ??
      new Agent({ keepAlive: true, servername: serverName, ca: [...(ca ?? rootCertificates)], minVersion: 'TLSv1.2' });
    this.#agents.set(key, agent);
    return agent;
  }
}

interface Target extends Endpoint {
  readonly serverName: string;
  readonly path: string;
}

interface Sending {
  readonly target: Target;
  readonly agent: Agent;
  readonly host: string;
  readonly review: string;
  readonly seconds: number;
}

class Answered extends Error {}

/** What the API server reads at most of an answer. */
const answerBytes = 3 * 1024 * 1024;

function send({
  target,
  agent,
  host,
  review,
  seconds,
}: Sending): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({
      ...{ host: target.host, port: target.port, path: target.path, servername: target.serverName },
      ...{ method: 'POST', agent, signal: AbortSignal.timeout(seconds * 1000) },
      headers: {
        ...{ host, accept: 'application/json, */*', 'content-type': 'application/json' },
        ...{ 'user-agent': 'kube-apiserver-admission', 'content-length': Buffer.byteLength(review) },
      },
    });
    sent.once('error', (error) => reject(error.name === 'AbortError' ? late(error) : error));
    sent.once('response', (answer) => {
      readBounded(answer, { bytes: answerBytes, what: 'the answer of the webhook' }).then(
        (body) => resolve({ status: answer.statusCode ?? 0, body: body.toString('utf8') }),
        (error: unknown) => reject((error as Error).name === 'AbortError' ? late(error) : error),
      );
    });
    sent.end(review);
  });
}

function late(cause: unknown): Error {
  return Object.assign(new Error('late', { cause }), { code: 'ETIMEDOUT' });
}

function urlOf(service: Webhook['clientConfig']['service']): string {
  const path = service?.path ?? '/';
  // As the API server writes it: with the port, also where it is the usual one.
  return `https://${service?.name}.${service?.namespace}.svc:${service?.port ?? 443}${path.startsWith('/') ? path : `/${path}`}`;
}

/** The authorities of a bundle; none are those of the system, as on a real control plane. */
function caOf(bundle: string | null | undefined): readonly string[] | undefined | 'damaged' {
  if (bundle == null || bundle === '') return undefined;
  const text = Buffer.from(bundle, 'base64').toString('utf8');
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  try {
    for (const block of blocks ?? []) new X509Certificate(block);
  } catch {
    return 'damaged';
  }
  return blocks ?? 'damaged';
}

function isAboutDates(error: unknown): boolean {
  const { code } = error as { readonly code?: string };
  return code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID';
}

/** The certificate a server shows, looked at without believing it. */
function shownBy({ host, port, serverName }: Target): Promise<X509Certificate | undefined> {
  return new Promise((resolve) => {
    const socket: TLSSocket = connect({ host, port, servername: serverName, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate());
      socket.destroy();
    });
    socket.once('error', () => resolve(undefined));
  });
}
