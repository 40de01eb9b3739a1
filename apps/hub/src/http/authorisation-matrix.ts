import type { FastifyInstance, InjectOptions } from 'fastify';
import type { RegisteredRoute } from './all-routes.ts';
import { allRoutes } from './all-routes.ts';

/** Somebody who tries every door. */
export interface MatrixCaller {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What this caller is, by the headers: nobody, somebody, or of the security team. */
  readonly is: 'nobody' | 'somebody' | 'sec';
}

/** What was tried and what came of it. */
export interface MatrixRow {
  readonly route: RegisteredRoute;
  readonly caller: string;
  readonly status: number;
  readonly code: string | null;
  /** Why this answer is wrong; null: it is right. */
  readonly violation: string | null;
}

/** Changes to the request for a route that needs a body or special parameters to get past validation. */
export type MatrixRequest = (route: RegisteredRoute) => Partial<InjectOptions>;

/**
 * Tries every registered operation as every caller and compares the door with what the route declares: nobody passes a
 * route that is not public, and only the security team one that is theirs. What lies behind the door (404, 422, an
 * empty list) is for other tests; a 5xx other than 503 is a violation, too.
 *
 * @example
 * const rows = await authorisationMatrix(app, callers);
 * expect(rows.filter((row) => row.violation !== null)).toEqual([]);
 */
export async function authorisationMatrix(
  app: FastifyInstance,
  callers: readonly MatrixCaller[],
  request: MatrixRequest = () => ({}),
): Promise<readonly MatrixRow[]> {
  const rows: MatrixRow[] = [];
  for (const route of allRoutes(app)) {
    for (const caller of callers) rows.push(await tryRoute(app, route, { caller, changes: request(route) }));
  }
  return rows;
}

async function tryRoute(
  app: FastifyInstance,
  route: RegisteredRoute,
  { caller, changes }: { readonly caller: MatrixCaller; readonly changes: Partial<InjectOptions> },
): Promise<MatrixRow> {
  const answer = await app.inject({
    method: route.method as 'GET',
    url: addressOf(route.url),
    ...changes,
    headers: { ...caller.headers, ...changes.headers },
  });
  const status = answer.statusCode;
  const code = codeOf(answer.body);
  return { route, caller: caller.name, status, code, violation: violationOf({ route, caller, status, code }) };
}

function violationOf({
  route,
  caller,
  status,
  code,
}: {
  readonly route: RegisteredRoute;
  readonly caller: MatrixCaller;
  readonly status: number;
  readonly code: string | null;
}): string | null {
  if (status >= 500 && status !== 503) return `failed with ${status}`;
  if (route.access === 'public') return status === 401 || status === 403 ? 'is public and was refused' : null;
  if (caller.is === 'nobody') return status === 401 ? null : `let nobody in with ${status}`;
  if (status === 401) return 'did not know somebody who is known';
  if (route.access === 'gate') return null; // These callers all come with a key; nobody does not, and was refused above.
  const stopped = status === 403 && code === 'sec_team_required';
  if (route.access === 'sec' && caller.is !== 'sec')
    return stopped ? null : `let somebody into what is for the security team with ${status}`;
  return stopped && caller.is === 'sec' ? 'kept the security team out' : null;
}

function addressOf(url: string): string {
  // A stream of events has no end by itself, and an injected request waits for it.
  return url === '/api/events' ? `${url}?once=true` : fillParameters(url);
}

function fillParameters(url: string): string {
  return url
    .replace(/:cve_id\b/g, 'CVE-2026-10000')
    .replace(/:\w*(?:image|name|token)\w*/g, 'sample')
    .replace(/:\w+/g, '0e5b9b0e-6f53-4a4c-9f13-0f3f0d8a7a11')
    .replace(/\*/g, 'sample');
}

function codeOf(body: string): string | null {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && 'code' in parsed && typeof parsed.code === 'string'
      ? parsed.code
      : null;
  } catch {
    return null;
  }
}
