import { createLog } from '@pratique/runtime/log';
import type { Log } from '@pratique/runtime/log';
import { createHttp } from '../http.ts';
import type { HttpOptions, HubServer } from '../http.ts';
import type { Caller } from '../identity/caller.ts';
import { hubFault } from '../errors.ts';

/** A log that keeps its lines. */
export function keptLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  return {
    log: createLog({
      level: 'debug',
      format: 'json',
      name: 'test',
      destination: { write: (line: string) => lines.push(line) },
    }),
    lines,
  };
}

/** Somebody with one namespace, unless told otherwise. */
export function someCaller(changes: Partial<Caller> = {}): Caller {
  const namespaces = [{ namespace: 'shop', cluster_name: 'east' }];
  return {
    id: 'spoke:ada',
    username: 'ada',
    email: 'ada@example.com',
    role: 'team_member',
    isSecTeam: false,
    hasAllNamespaces: false,
    namespaces,
    reach: { kind: 'pairs', pairs: namespaces },
    onboardingCompleted: false,
    keyName: null,
    ...changes,
  };
}

/** A server with everything real but who asks; responses are checked against their schemas. */
export async function serverForTest(changes: Partial<HttpOptions> = {}): Promise<HubServer> {
  return await createHttp({
    log: keptLog().log,
    authenticate: () =>
      Promise.resolve({ kind: 'identified', caller: someCaller(), dropped: { pairs: 0, contacts: 0, secTeam: false } }),
    checks: { app_db: () => Promise.resolve(), stackrox_db: () => Promise.resolve() },
    devMode: false,
    allowedOrigins: ['https://cve.example.com'],
    secretKey: 'secret-of-the-tests',
    rateLimit: { perSecond: 0, burst: 1 },
    apiDocs: true,
    version: '0.0.0',
    maxEventLoopDelayMs: 0,
    checkResponses: true,
    ...changes,
  });
}

/** A fault a database check may throw. */
export function databaseAway(code: 'app-db-unavailable' | 'app-db-auth-failed' | 'app-db-timeout'): Error {
  return hubFault({ code, message: 'secret driver text', hint: 'none' });
}
