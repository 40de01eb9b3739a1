/** Who may do what: everybody, or the users of a file, with reading open to all where that is wanted. */
import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { registryFault } from '../errors.ts';
import type { Act } from '../http/router.ts';
import { isPassword } from './users.ts';
import type { Users } from './users.ts';

/** How access is decided. */
export interface AccessRules {
  /** Undefined: no logins, everybody may do everything. */
  readonly users: (() => Users) | undefined;
  readonly anonymousPull: boolean;
  readonly clock: () => number;
}

/** See the top of this file. */
export interface Gatekeeper {
  /**
   * @returns the user who logged in, undefined where nobody had to
   * @throws Fault `login-required` (the response then has a challenge), `too-many-requests`
   */
  admit(request: IncomingMessage, response: ServerResponse, act: Act): Promise<string | undefined>;
}

const limits = {
  /** Wrong passwords from one address within {@link limits.windowMs}; then it waits until the window ends. */
  failures: 10,
  windowMs: 60_000,
  /** Hashes computed at the same time: each takes a core for some 100 ms. */
  comparing: 8,
  /** A proven login counts for this long; every request of a push carries one. A changed file ends it at once. */
  provenMs: 5 * 60_000,
  proven: 1_000,
  addresses: 10_000,
  headerLength: 2_048,
} as const;

/** Makes the gatekeeper of a registry. */
export function createGatekeeper(rules: AccessRules): Gatekeeper {
  const { users } = rules;
  if (users === undefined) return { admit: async () => undefined };
  const logins = new Logins(users, rules.clock);
  return {
    async admit(request, response, act) {
      const text = isNobody(request.headers.authorization) ? undefined : request.headers.authorization;
      // The first request of clients is a ping; only a challenge there makes them send a password with later ones.
      if (text === undefined && act === 'read' && rules.anonymousPull) return undefined;
      const credentials = text === undefined ? undefined : readBasic(text);
      const address = request.socket.remoteAddress ?? '';
      if (credentials !== undefined && (await logins.check(credentials, address))) return credentials.name;
      response.setHeader('www-authenticate', 'Basic realm="Pratique registry", charset="UTF-8"');
      throw registryFault({
        code: 'login-required',
        message: text === undefined ? 'Log in to do this.' : 'The user or password is wrong.',
        hint: 'Log in with the user and password that whoever runs this registry has given you.',
      });
    },
  };
}

/** Without a password skopeo and podman answer a challenge with an empty name and an empty password: that is no login. */
function isNobody(text: string | undefined): boolean {
  return text === undefined || /^basic +Og==$/i.test(text);
}

interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** RFC 7617; undefined for anything else, also for tokens, which this registry does not know. */
function readBasic(text: string): Credentials | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(text) ?? [];
  if (encoded === undefined || text.length > limits.headerLength) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? undefined : { name: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

class Logins {
  readonly #users: () => Users;
  readonly #clock: () => number;
  /** What stands for a proven login: never the password, and nothing another process could make. */
  readonly #key = randomBytes(32);
  readonly #proven = new Map<string, number>();
  readonly #failures = new Map<string, { count: number; readonly until: number }>();
  #comparing = 0;

  constructor(users: () => Users, clock: () => number) {
    this.#users = users;
    this.#clock = clock;
  }

  /** @throws Fault `too-many-requests` */
  async check({ name, password }: Credentials, address: string): Promise<boolean> {
    const users = this.#users();
    const proof = this.#proofOf(name, password, users.get(name));
    if ((this.#proven.get(proof) ?? 0) > this.#clock()) return true;
    if (this.#isBlocked(address) || this.#comparing >= limits.comparing) throw tooMany();
    this.#comparing += 1;
    try {
      const isRight = await isPassword(users, name, password);
      if (isRight) keep(this.#proven, { key: proof, value: this.#clock() + limits.provenMs, most: limits.proven });
      else this.#noteFailure(address);
      return isRight;
    } finally {
      this.#comparing -= 1;
    }
  }

  /** With the hash in it, a changed password ends what was proven with the old one. */
  #proofOf(name: string, password: string, hash = ''): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([name, password, hash]))
      .digest('base64');
  }

  #isBlocked(address: string): boolean {
    const entry = this.#failures.get(address);
    return entry !== undefined && entry.until > this.#clock() && entry.count >= limits.failures;
  }

  #noteFailure(address: string): void {
    const entry = this.#failures.get(address);
    if (entry !== undefined && entry.until > this.#clock()) entry.count += 1;
    else {
      const value = { count: 1, until: this.#clock() + limits.windowMs };
      keep(this.#failures, { key: address, value, most: limits.addresses });
    }
  }
}

/** Adds an entry as the newest and forgets the oldest beyond the limit. */
function keep<T>(map: Map<string, T>, { key, value, most }: { key: string; value: T; most: number }): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= most) return;
    map.delete(oldest);
  }
}

function tooMany() {
  return registryFault({
    code: 'too-many-requests',
    message: 'Too many logins that failed or are being checked.',
    hint: 'Wait a minute and check the password.',
  });
}
