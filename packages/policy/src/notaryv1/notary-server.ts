/** A Notary server as it is spoken to: a ping that says how to log in, a token for one repository, documents (NV1-1, NV1-2). */
import { parseChallenges } from '@pratique/oci';
import type { Challenge } from '@pratique/oci';
import { excerpt } from '@pratique/runtime/fault';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { askOutside } from '../validators/outside-request.ts';
import type { OutsideAnswer } from '../validators/outside-request.ts';
import { TrustFlaw } from './flaw.ts';
import { answerBytes, documentBytes, documentMs, pingMs } from './limits.ts';

/** How the server is reached. */
export interface ServerAccess {
  /** `https://notary.example.com`, perhaps with a path. */
  readonly host: string;
  /** Name of the repository there: `docker.io/library/nginx`. */
  readonly gun: string;
  readonly fetch: typeof fetch;
  readonly login: { readonly username: string; readonly password: string } | undefined;
  readonly signal: AbortSignal;
}

/** A server that answered; documents can be had. */
export interface NotaryServer {
  /** The bytes of a role, or undefined where the server says that it has none. @throws TrustFlaw */
  document(role: string): Promise<Uint8Array | undefined>;
}

const Token = Type.Object({ token: Type.Optional(Type.String()), access_token: Type.Optional(Type.String()) });

const look = 'Check that the gate reaches the Notary server (address, proxy, firewall, certificate), then try again.';
const logIn = 'Give the validator credentials (auth) of an account that may pull the repository.';

/** Finds out how to log in. @throws TrustFlaw */
export async function connectNotary(access: ServerAccess): Promise<NotaryServer> {
  const address = new URL(`${access.host.replace(/\/+$/, '')}/v2/`);
  const ping = await ask(access, { url: address, bytes: answerBytes, ms: pingMs });
  if (ping.state === 'failed') throw creating(ping.class, `error pinging notary server: ${ping.because}`);
  if (ping.status >= 500)
    throw creating('registry_unreachable', `error pinging notary server: ${address.host} answered ${ping.status}`);
  const authorization = ping.status === 401 ? await authorize(access, address, ping.headers) : undefined;
  return {
    async document(role) {
      // Not relative to the address: a host with a port would be taken for a scheme.
      const url = new URL(`${address.href}${access.gun}/_trust/tuf/${role}.json`);
      const answer = await ask(access, { url, authorization, bytes: documentBytes, ms: documentMs });
      return documentIn(answer, role);
    },
  };
}

function documentIn(answer: OutsideAnswer, role: string): Uint8Array | undefined {
  const acquiring = `error acquiring trust data ${role}`;
  if (answer.state === 'failed') throw new TrustFlaw(answer.class, `${acquiring}: ${answer.because}`, look);
  if (answer.status === 200) return answer.body;
  if (answer.status === 404) return undefined;
  if (answer.status === 401 || answer.status === 403)
    throw new TrustFlaw('registry_auth', `${acquiring}: ${answer.status}`, logIn);
  throw new TrustFlaw('registry_unreachable', `${acquiring}: the server answered ${answer.status}`, look);
}

async function authorize(access: ServerAccess, address: URL, headers: Headers): Promise<string> {
  const challenges = parseChallenges(headers.get('www-authenticate') ?? undefined);
  const bearer = challenges.find((challenge) => challenge.scheme === 'bearer');
  if (bearer !== undefined) return `Bearer ${await fetchToken(access, address, bearer)}`;
  if (!challenges.some(({ scheme }) => scheme === 'basic'))
    throw creating('registry_auth', 'the server wants a login of a kind that is not known');
  const basic = basicFor(access, address);
  if (basic === undefined) throw creating('registry_auth', 'the server wants a login', logIn);
  return basic;
}

async function fetchToken(
  access: ServerAccess,
  address: URL,
  challenge: Extract<Challenge, { scheme: 'bearer' }>,
): Promise<string> {
  const realm = URL.canParse(challenge.realm) ? new URL(challenge.realm) : undefined;
  const isSafe = realm?.protocol === 'https:' || (realm?.protocol === 'http:' && address.protocol === 'http:');
  if (realm === undefined || !isSafe)
    throw creating('registry_auth', `the server names a token server that is not asked (${excerpt(challenge.realm)})`);
  if (challenge.service !== undefined) realm.searchParams.set('service', challenge.service);
  realm.searchParams.set('scope', `repository:${access.gun}:pull`);
  const authorization = basicFor(access, realm);
  if (authorization !== undefined && access.login !== undefined)
    realm.searchParams.set('account', access.login.username);
  const answer = await ask(access, { url: realm, authorization, bytes: answerBytes, ms: documentMs });
  if (answer.state === 'failed') throw creating(answer.class, `no token: ${answer.because}`);
  if (answer.status !== 200) {
    const isRefusal = answer.status === 401 || answer.status === 403;
    throw creating(
      isRefusal ? 'registry_auth' : 'registry_unreachable',
      `no token: ${realm.host} answered ${answer.status}`,
      isRefusal ? logIn : look,
    );
  }
  return tokenIn(answer.body);
}

function tokenIn(body: Buffer): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    parsed = undefined;
  }
  const token = Value.Check(Token, parsed) ? parsed.token || parsed.access_token : undefined;
  // What is no visible ASCII cannot stand in a header.
  if (token === undefined || !/^[\x21-\x7e]+$/.test(token))
    throw creating('registry_auth', 'no token: the token server gave none that is usable');
  return token;
}

/** RFC 7617, over https or to this machine only. */
function basicFor({ login }: ServerAccess, to: URL): string | undefined {
  const isOpen = to.protocol === 'http:' && !/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(to.hostname);
  if (login === undefined || isOpen) return undefined;
  return `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
}

interface Question {
  readonly url: URL;
  readonly authorization?: string | undefined;
  readonly bytes: number;
  readonly ms: number;
}

function ask({ fetch, signal }: ServerAccess, { authorization, ...question }: Question): Promise<OutsideAnswer> {
  return askOutside({ fetch, signal, ...question, ...(authorization === undefined ? {} : { authorization }) });
}

function creating(refused: TrustFlaw['class'], problem: string, nextStep: string = look): TrustFlaw {
  return new TrustFlaw(refused, `error creating notary client: ${problem}`, nextStep);
}
