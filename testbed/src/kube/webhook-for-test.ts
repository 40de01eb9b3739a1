/** A webhook over HTTPS whose answers a test chooses. */
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { servingCertificate } from './certificates.ts';
import type { Endpoint } from './admission/call.ts';

/** The request part of an AdmissionReview. */
export type ReviewRequest = Readonly<Record<string, unknown>> & { readonly uid: string };

/** What a test answers: a response without uid, or a whole answer of HTTP. */
export type Reply = Readonly<Record<string, unknown>> | { readonly status: number; readonly body: string } | 'never';

/** A running webhook. */
export interface TestWebhook extends AsyncDisposable {
  readonly endpoint: Endpoint;
  /** base64, as `caBundle` has it. */
  readonly caBundle: string;
  readonly asked: readonly {
    readonly url: string;
    readonly host: string;
    readonly review: Readonly<Record<string, unknown>>;
  }[];
  /** Changed by tests. */
  reply: (request: ReviewRequest) => Reply;
}

/** Starts one that allows everything. @param names of its certificate */
export async function startTestWebhook(names: readonly string[]): Promise<TestWebhook> {
  const serving = await servingCertificate(names, new Date());
  const asked: { url: string; host: string; review: Readonly<Record<string, unknown>> }[] = [];
  const server: Server = createServer({ cert: serving.certificate, key: serving.key }, (incoming, response) => {
    void text(incoming).then((body) => {
      const review = JSON.parse(body) as Readonly<Record<string, unknown>> & { readonly request: ReviewRequest };
      asked.push({ url: incoming.url ?? '', host: incoming.headers.host ?? '', review });
      const reply = webhook.reply(review.request);
      if (reply === 'never') return;
      const whole = 'status' in reply && typeof reply['status'] === 'number';
      response.writeHead(whole ? reply['status'] : 200, { 'content-type': 'application/json' });
      const answer = {
        apiVersion: review['apiVersion'],
        kind: review['kind'],
        response: { uid: review.request.uid, ...reply },
      };
      response.end(whole ? reply['body'] : JSON.stringify(answer));
    });
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const webhook: TestWebhook = {
    endpoint: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    caBundle: Buffer.from(serving.ca).toString('base64'),
    asked,
    reply: () => ({ allowed: true }),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  return webhook;
}

/** A JSON patch as a response carries it. */
export function patchOf(operations: readonly unknown[]): Readonly<Record<string, unknown>> {
  const patch = Buffer.from(JSON.stringify(operations)).toString('base64');
  return { allowed: true, patchType: 'JSONPatch', patch };
}
