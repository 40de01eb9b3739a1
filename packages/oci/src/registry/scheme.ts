/** https or http, decided once per registry. */
import { isFault } from '@pratique/runtime/fault';
import type { OciFaultCode } from '../errors.ts';
import type { Waiting } from '../store.ts';
import { exchange } from './exchange.ts';
import type { ExchangeTools } from './exchange.ts';
import { isLoopback, mayFallBackToHttp } from './settings.ts';
import type { RegistryHost } from './settings.ts';

/** Where registries answer. */
export interface Schemes {
  /** `https://registry.example.com`, or http where that is allowed and all there is. */
  baseOf(owner: RegistryHost, waiting?: Waiting): Promise<URL>;
}

/** After these, a private host may be tried with http; a refused certificate is not among them. */
const worthHttp: readonly OciFaultCode[] = ['registry-plain-http', 'registry-unreachable'];

/** Decides and remembers; `onHttp` is told once per host that is used without encryption. */
export function createSchemes(tools: ExchangeTools, onHttp: (host: string) => void): Schemes {
  const known = new Map<string, URL>();
  async function decide(owner: RegistryHost, waiting?: Waiting): Promise<URL> {
    const [https, http] = [new URL(`https://${owner.host}`), new URL(`http://${owner.host}`)];
    if (owner.plainHttp !== true) {
      if (!mayFallBackToHttp(owner.host)) return https;
      if (isLoopback(owner.host) && !wantsTls(owner) && (await speaksHttp(http, owner, waiting))) return http;
      const refusal = await probe(https, owner, waiting);
      if (refusal === undefined) return https;
      if (!isFault<OciFaultCode>(refusal) || !worthHttp.includes(refusal.code)) throw refusal;
      if ((await probe(http, owner, waiting)) !== undefined) throw refusal;
    }
    return http;
  }
  /**
   * Whether a registry answers with http. Asked first on this machine only, where nobody stands between: setting TLS up just to be
   * refused costs more than all the rest. A server with TLS says 400 or hangs up, and one that redirects to https is no such.
   */
  async function speaksHttp(base: URL, owner: RegistryHost, waiting?: Waiting): Promise<boolean> {
    try {
      const url = new URL('/v2/', base);
      const answer = await exchange({ method: 'GET', url, owner, headers: {}, signal: waiting?.signal }, tools);
      answer.drop();
      return answer.url.protocol === 'http:' && (answer.status === 200 || answer.status === 401);
    } catch {
      waiting?.signal?.throwIfAborted();
      return false;
    }
  }
  /** Whether anybody speaks HTTP there; what is answered does not matter. */
  async function probe(base: URL, owner: RegistryHost, waiting?: Waiting): Promise<unknown> {
    try {
      const answer = await exchange(
        { method: 'GET', url: new URL('/v2/', base), owner, headers: {}, signal: waiting?.signal },
        tools,
      );
      answer.drop();
      return undefined;
    } catch (error) {
      waiting?.signal?.throwIfAborted();
      return error;
    }
  }
  return {
    async baseOf(owner, waiting) {
      const base = known.get(owner.host);
      if (base !== undefined) return base;
      const decided = await decide(owner, waiting);
      // Requests that came at once have all decided; one of them tells.
      if (decided.protocol === 'http:' && !known.has(owner.host)) onHttp(owner.host);
      known.set(owner.host, decided);
      return decided;
    },
  };
}

/** Whether something was set that has a meaning with TLS only. */
function wantsTls({ ca, clientCertificate, serverName, insecureSkipVerify }: RegistryHost): boolean {
  return [ca, clientCertificate, serverName].some((setting) => setting !== undefined) || insecureSkipVerify === true;
}
