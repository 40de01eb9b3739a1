/** What stands in `Authorization`: learned from a registry's challenge, kept per host and scope until shortly before it ends. */
import { isFault } from '@pratique/runtime/fault';
import { ociFault } from '../errors.ts';
import type { Waiting } from '../store.ts';
import { covers, joinScopes } from './challenge.ts';
import type { Challenge } from './challenge.ts';
import type { Credential, CredentialSource } from './credential.ts';
import type { ExchangeTools } from './exchange.ts';
import { isLoopback } from './settings.ts';
import type { RegistryHost } from './settings.ts';
import { basicHeader, requestToken } from './token.ts';
import type { AccessToken, TokenWish } from './token.ts';

/** For what an authorisation is needed. */
export interface AuthorizationTarget extends Waiting {
  readonly owner: RegistryHost;
  readonly registry: URL;
  readonly repository: string;
  readonly scopes: readonly string[];
}

/** What was found out about a login. */
export interface Authorization {
  /** The value of the header; absent where the registry offers no way that leads anywhere. */
  readonly header?: string;
  readonly credential?: Credential;
}

/** Tokens kept per registry and way to log in: one per repository in use, a gate sees some hundred. */
const mostTokens = 2_000;

/** How long a found credential, or that there is none, is kept. */
const credentialMs = 60_000;

export interface AuthorizerOptions {
  readonly credentials: CredentialSource;
  readonly tools: ExchangeTools;
  readonly now: () => Date;
}

/** See the top of this file. One per client; shared by all repositories. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #tokens = new Map<string, AccessToken & { readonly credential?: Credential }>();
  readonly #pending = new Map<string, Promise<AccessToken>>();
  readonly #basic = new Map<string, Authorization>();
  readonly #scopes = new Map<string, readonly string[]>();
  readonly #anonymous = new Set<string>();
  readonly #found = new Map<string, { readonly credential: Credential | undefined; readonly until: number }>();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** What is known to work without asking anybody; a bearer credential is sent from the first request. */
  async known(target: AuthorizationTarget): Promise<Authorization> {
    const place = placeOf(target);
    const basic = this.#basic.get(place);
    if (basic !== undefined) return basic;
    const now = this.#options.now().getTime();
    for (const [key, token] of this.#tokens) {
      if (token.until <= now) this.#tokens.delete(key);
      else if (key.startsWith(`${place} `) && covers(token.scopes, target.scopes))
        return { header: `Bearer ${token.token}`, credential: token.credential };
    }
    const credential = await this.#credential(target);
    return credential?.kind === 'bearer' ? { header: `Bearer ${credential.token}`, credential } : {};
  }

  /** Follows a challenge. With `anonymously`, as nobody: for what is public although the login is refused. */
  async answer(
    challenges: readonly Challenge[],
    target: AuthorizationTarget,
    anonymously = false,
  ): Promise<Authorization> {
    const place = placeOf(target);
    if (anonymously) this.forget(target);
    const credential = anonymously ? undefined : await this.#credential(target);
    const bearer = challenges.find((challenge) => challenge.scheme === 'bearer');
    if (bearer !== undefined && credential?.kind !== 'bearer') return this.#token(bearer, target, credential);
    const basic = challenges.some((challenge) => challenge.scheme === 'basic');
    if (!basic || credential?.kind !== 'basic') return { credential };
    const known = { header: basicHeader(credential), credential };
    if (this.#basic.size > mostTokens) this.#basic.clear();
    this.#basic.set(place, known);
    return known;
  }

  /** Reads of this repository are done as nobody from now on. */
  readAnonymously(target: AuthorizationTarget): void {
    this.#anonymous.add(placeOf(target));
  }

  /** Drops what was kept for a repository, because it was refused. */
  forget(target: AuthorizationTarget): void {
    const place = placeOf(target);
    this.#basic.delete(place);
    this.#found.delete(place);
    for (const key of this.#tokens.keys()) if (key.startsWith(`${place} `)) this.#tokens.delete(key);
  }

  async #token(
    challenge: Extract<Challenge, { scheme: 'bearer' }>,
    target: AuthorizationTarget,
    credential: Credential | undefined,
  ): Promise<Authorization> {
    const place = placeOf(target);
    // The union with what was needed before, so that one token serves both and the two do not push each other out.
    const scopes = joinScopes(this.#scopes.get(place) ?? [], challenge.scopes, target.scopes);
    if (this.#scopes.size > mostTokens) this.#scopes.clear();
    this.#scopes.set(place, scopes);
    const key = `${place} ${credential === undefined ? 'anonymous' : 'login'} ${scopes.join(' ')}`;
    const wish = { ...target, challenge, scopes, credential, now: this.#options.now };
    const token = await this.#shared(key, wish);
    if (this.#tokens.size > mostTokens) this.#tokens.clear();
    this.#tokens.set(key, { ...token, credential });
    return { header: `Bearer ${token.token}`, credential };
  }

  /** One request for all who need the same token at once. */
  async #shared(key: string, wish: TokenWish): Promise<AccessToken> {
    const running = this.#pending.get(key);
    if (running !== undefined)
      try {
        return await running;
      } catch (error) {
        // What failed for the other fails here too, unless only the other was stopped.
        if (isFault(error)) throw error;
      }
    const own = requestToken(wish, this.#options.tools);
    this.#pending.set(key, own);
    try {
      return await own;
    } finally {
      if (this.#pending.get(key) === own) this.#pending.delete(key);
    }
  }

  async #credential(target: AuthorizationTarget): Promise<Credential | undefined> {
    const { owner, registry } = target;
    if (this.#anonymous.has(placeOf(target)) && target.scopes.every((scope) => scope.endsWith(':pull')))
      return undefined;
    const found = await this.#find(target);
    const unsafe =
      registry.protocol === 'http:' && !isLoopback(registry.host) && owner.allowCredentialsOverHttp !== true;
    if (found === undefined || !unsafe) return found;
    throw ociFault({
      code: 'registry-credentials-over-http',
      message: `There are credentials for ${owner.host} in ${found.source}, but it speaks plain http, where anyone on the way can read them.`,
      hint: `Give the registry a certificate, or allow it for exactly this host (allowCredentialsOverHttp for ${owner.host}).`,
      values: { host: owner.host, credentials: found.source },
    });
  }

  /** Asks the source once a minute per repository: a helper is a process, and open registries are asked often. */
  async #find(target: AuthorizationTarget): Promise<Credential | undefined> {
    const place = placeOf(target);
    const now = this.#options.now().getTime();
    const known = this.#found.get(place);
    if (known !== undefined && known.until > now) return known.credential;
    const credential = await this.#options.credentials.find(target.owner.host, target.repository, target);
    if (this.#found.size > mostTokens) this.#found.clear();
    this.#found.set(place, { credential, until: now + credentialMs });
    return credential;
  }
}

function placeOf({ owner, repository }: AuthorizationTarget): string {
  return `${owner.host} ${repository}`;
}
