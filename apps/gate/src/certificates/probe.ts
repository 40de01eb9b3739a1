/** Asking the own Service the way the API server does, before the webhook is switched on. */
import { request } from 'node:https';

/** Whom to ask. */
export interface ServiceAddress {
  /** `connaisseur-svc.connaisseur.svc`; also the name the certificate must have. */
  readonly name: string;
  readonly port: number;
  /** Where to connect, where it is not that name. */
  readonly host?: string;
}

/** Within a cluster an answer takes a millisecond; who takes longer than this is not ready. */
const answerMs = 2_000;

/**
 * Whether the Service answers `/ready` with 200 over a connection that the given authorities (PEM) vouch for. Never throws:
 * whatever goes wrong, it does not answer.
 */
export function serviceAnswers({ name, port, host = name }: ServiceAddress, authorities: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(
      {
        ...{ host, port, path: '/ready', method: 'GET', servername: name, ca: authorities, agent: false },
        headers: { host: name },
        signal: AbortSignal.timeout(answerMs),
      },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
