/** Requests to registries: which scheme, which login, how often again, and what a refusal means. */
import { excerpt, isFault } from '@pratique/runtime/fault';
import type { OciFaultCode } from '../errors.ts';
import { answerBytes } from '../limits.ts';
import type { Waiting } from '../store.ts';
import type { Authorization, AuthorizationTarget, Authorizer } from './authorizer.ts';
import { parseChallenges, scopeOf } from './challenge.ts';
import type { Action } from './challenge.ts';
import { loginOf } from './credential.ts';
import { exchange, readAnswer } from './exchange.ts';
import type { ExchangeAnswer, ExchangeRequest, ExchangeTools } from './exchange.ts';
import { retryAfterOf, retrying } from './retry.ts';
import type { RetryTools } from './retry.ts';
import type { Schemes } from './scheme.ts';
import { hostnameOf } from './settings.ts';
import type { RegistryHost } from './settings.ts';
import { isRefusal } from './token.ts';
import { wireFault } from './wire-errors.ts';

/** Something the caller may want to show, without being a fault. */
export interface RegistryNotice {
  readonly kind: 'anonymous-retry' | 'plain-http' | 'mirror-failed' | 'retry';
  readonly host: string;
  readonly message: string;
}

/** A repository at a registry. */
export interface Place {
  readonly owner: RegistryHost;
  readonly repository: string;
}

/** One request of the distribution protocol. */
export interface Ask extends Waiting {
  readonly method: ExchangeRequest['method'];
  /** Below `/v2/<repository>/`, or a whole address the registry gave. */
  readonly path: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: ExchangeRequest['body'];
  readonly streams?: boolean;
  readonly action: 'read' | 'write' | 'delete';
  /** Other scopes it needs: reading from the repository a blob is mounted from. */
  readonly scopes?: readonly string[];
  /** What is at stake, for the words of a fault. */
  readonly what: string;
  /** Statuses the caller wants to see; all others become faults. */
  readonly accepts: readonly number[];
  /** Tries in all; 1 inside of something that is repeated as a whole. */
  readonly attempts?: number;
}

export interface SessionOptions {
  readonly tools: ExchangeTools;
  readonly authorizer: Authorizer;
  readonly schemes: Schemes;
  readonly retry: RetryTools;
  readonly now: () => Date;
  readonly onNotice: (notice: RegistryNotice) => void;
}

/** See the top of this file. */
export class Session {
  readonly options: SessionOptions;

  constructor(options: SessionOptions) {
    this.options = options;
  }

  /**
   * Sends a request until it is answered with a status the caller accepts.
   *
   * @throws Fault as `wire-errors.ts` and `connection-faults.ts` say
   */
  send(place: Place, ask: Ask): Promise<ExchangeAnswer> {
    return this.retrying(() => this.#sendOnce(place, ask), ask);
  }

  /** Repeats work of several requests as a whole. */
  retrying<T>(work: () => Promise<T>, options: Waiting & { readonly attempts?: number }): Promise<T> {
    const { retry } = this.options;
    return retrying(work, { ...retry, attempts: options.attempts ?? retry.attempts }, options);
  }

  /** The fault for an answer that is not acceptable after all, with its body read as far as it is short. */
  async refuse(place: Place, ask: Ask, answer: ExchangeAnswer, login?: Authorization): Promise<Error> {
    const body = ask.method === 'HEAD' ? Buffer.alloc(0) : await shortBody(answer);
    const path = typeof ask.path === 'string' ? `/v2/${place.repository}/${ask.path.split('?')[0]}` : ask.path.pathname;
    const { owner, repository } = place;
    return wireFault(
      { status: answer.status, body, retryAfter: retryAfterOf(answer.headers['retry-after'], this.options.now()) },
      {
        host: owner.host,
        repository,
        action: ask.action,
        what: ask.what,
        request: `${ask.method} ${path}${redirectedTo(answer, ask, owner)}`,
        login: loginOf(login?.credential),
      },
    );
  }

  async #sendOnce(place: Place, ask: Ask): Promise<ExchangeAnswer> {
    const registry = await this.options.schemes.baseOf(place.owner, ask);
    const url = typeof ask.path === 'string' ? new URL(`/v2/${place.repository}/${ask.path}`, registry) : ask.path;
    const own = scopeOf(place.repository, actionsOf(ask.action));
    const target = { ...place, registry, scopes: [own, ...(ask.scopes ?? [])], signal: ask.signal };
    // A login is only for the registry itself; an upload address elsewhere carries its own right.
    const mayLogIn = url.host === registry.host;
    const known = mayLogIn ? await this.options.authorizer.known(target) : {};
    const answer = await this.#exchange(place, { ask, url, authorization: known });
    if (ask.accepts.includes(answer.status)) return answer;
    // A challenge of a host it was redirected to asks for a login that was given for another.
    if (answer.status === 401 && mayLogIn && answer.url.host === registry.host)
      return this.#logIn(place, { ask, url, authorization: known }, target, answer);
    const refusal = await this.refuse(place, ask, answer, known);
    if (answer.status !== 403 || known.credential === undefined) throw refusal;
    return this.#readAsNobody(place, { ask, url, authorization: known }, target, refusal);
  }

  async #logIn(place: Place, sent: Sent, target: AuthorizationTarget, first: ExchangeAnswer): Promise<ExchangeAnswer> {
    const challenges = parseChallenges(first.headers['www-authenticate']);
    const { authorizer } = this.options;
    let refusal: Error;
    try {
      const authorization = await authorizer.answer(challenges, target);
      if (authorization.header === undefined || authorization.header === sent.authorization.header)
        throw await this.refuse(place, sent.ask, first, authorization);
      first.drop();
      const answer = await this.#exchange(place, { ...sent, authorization });
      if (sent.ask.accepts.includes(answer.status)) return answer;
      refusal = await this.refuse(place, sent.ask, answer, authorization);
      if (authorization.credential === undefined) throw refusal;
    } catch (error) {
      first.drop();
      if (!isRefusal(error)) throw error;
      refusal = error as Error;
    }
    if (!isRefusal(refusal)) throw refusal;
    return this.#readAsNobody(place, sent, target, refusal);
  }

  /** Public content stays readable when a stored login has expired; whoever has one is told. */
  async #readAsNobody(place: Place, sent: Sent, target: AuthorizationTarget, refusal: Error): Promise<ExchangeAnswer> {
    const { authorizer, onNotice } = this.options;
    const login = isFault<OciFaultCode>(refusal) ? refusal.values.credentials : undefined;
    if (sent.ask.action !== 'read' || typeof login !== 'string') {
      authorizer.forget(target);
      throw refusal;
    }
    authorizer.forget(target);
    const bare = await this.#exchange(place, { ...sent, authorization: {} });
    const answer = bare.status === 401 ? await this.#anonymousToken(place, sent, target, bare) : bare;
    if (answer === undefined || !sent.ask.accepts.includes(answer.status)) {
      answer?.drop();
      throw refusal;
    }
    authorizer.readAnonymously(target);
    const { host } = place.owner;
    onNotice({
      kind: 'anonymous-retry',
      host,
      message: `${host} refused the credentials from ${login}; ${place.repository} is read without them.`,
    });
    return answer;
  }

  async #anonymousToken(
    place: Place,
    sent: Sent,
    target: AuthorizationTarget,
    bare: ExchangeAnswer,
  ): Promise<ExchangeAnswer | undefined> {
    bare.drop();
    try {
      const challenges = parseChallenges(bare.headers['www-authenticate']);
      const authorization = await this.options.authorizer.answer(challenges, target, true);
      return authorization.header === undefined ? undefined : await this.#exchange(place, { ...sent, authorization });
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }

  #exchange(place: Place, { ask, url, authorization }: Sent): Promise<ExchangeAnswer> {
    return exchange(
      {
        method: ask.method,
        url,
        owner: place.owner,
        headers: ask.headers ?? {},
        authorization: authorization.header,
        body: ask.body,
        streams: ask.streams,
        signal: ask.signal,
      },
      this.options.tools,
    );
  }
}

/** Whom a refusal is from, where that is not the registry: its operator would look in the wrong log. */
function redirectedTo({ url }: ExchangeAnswer, { path }: Ask, { host }: RegistryHost): string {
  const asked = typeof path === 'string' ? undefined : path.host;
  return url.hostname === hostnameOf(host) || url.host === host || url.host === asked
    ? ''
    : `, redirected to ${excerpt(url.host)},`;
}

interface Sent {
  readonly ask: Ask;
  readonly url: URL;
  readonly authorization: Authorization;
}

function actionsOf(action: Ask['action']): readonly Action[] {
  if (action === 'read') return ['pull'];
  return action === 'write' ? ['pull', 'push'] : ['pull', 'delete'];
}

/** The body of an error; one that is too long or breaks off says nothing more than the status. */
async function shortBody(answer: ExchangeAnswer): Promise<Buffer> {
  try {
    return await readAnswer(answer, answerBytes);
  } catch (error) {
    if (isFault(error)) return Buffer.alloc(0);
    throw error;
  }
}
