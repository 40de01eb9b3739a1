import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RateLimitRule } from './rate-limit.ts';
import type { Caller } from '../identity/caller.ts';
import { withDevPerson } from '../identity/dev.ts';
import type { AuthenticateReporter, Reporter } from '../identity/reporter.ts';
import type { Refusal } from '../identity/claim.ts';
import type { Authenticate, Identification } from '../identity/resolve.ts';
import { hubFault } from '../errors.ts';

/**
 * Who may call a route: `public` without an identity, `any` with one, `sec` the security team only, `gate` programs with the key of a
 * cluster. A route that says nothing is `any`, so that forgetting it closes the door.
 */
export type Access = 'public' | 'any' | 'sec' | 'gate';

declare module 'fastify' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- fastify is extended by merging its interface
  interface FastifyContextConfig {
    access?: Access;
    /** Event streams of browsers carry no headers of their own: in dev mode the person may come by the query. */
    devPersonInQuery?: boolean;
  }
  // oxlint-disable-next-line typescript/consistent-type-definitions -- fastify is extended by merging its interface
  interface FastifyRequest {
    /** Who asks; null on public routes. Read it through {@link callerOf}. */
    caller: Caller | null;
    /** Which program reports; null elsewhere than on routes of `gate`. Read it through {@link reporterOf}. */
    reporter: Reporter | null;
  }
}

/** The program that reports, on a route of `gate`. */
export function reporterOf(request: FastifyRequest): Reporter {
  if (request.reporter !== null) return request.reporter;
  throw callerMissing(request);
}

/** The caller of a request whose route is not public. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller !== null) return request.caller;
  throw callerMissing(request);
}

function callerMissing(request: FastifyRequest): Error {
  return hubFault({
    code: 'caller-missing',
    message: `The route ${request.routeOptions.url ?? request.url} asked who calls it, which it does not establish.`,
    hint: 'This is a defect of the program; report it with the request id.',
  });
}

/** How requests are told apart: people, and programs that report. */
export interface Doors {
  readonly people: Authenticate;
  readonly reporters: AuthenticateReporter;
}

/** What an operation may be called by, as declared. */
export function accessOf(config: { readonly access?: Access } | undefined): Access {
  return config?.access ?? 'any';
}

/**
 * Identifies every request of a route that is not public before anything of it is read, and applies the limit per
 * identity. Refusals are answered with 401 or 400 and leave their true reason in the log only.
 */
export function guardAccess(app: FastifyInstance, doors: Doors, limit: RateLimitRule): void {
  app.decorateRequest('caller', null);
  app.decorateRequest('reporter', null);
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return;
    const access = accessOf(request.routeOptions.config);
    if (access === 'public') return;
    const { rawHeaders } = request.raw;
    if (access === 'gate') {
      const reported = doors.reporters(rawHeaders);
      if (reported.kind === 'identified') request.reporter = reported.reporter;
      await limit(request, reply);
      if (reported.kind === 'refused') refused(reported, request);
      return;
    }
    const headers =
      request.routeOptions.config.devPersonInQuery === true ? withDevPerson(rawHeaders, request.query) : rawHeaders;
    const outcome = await doors.people(headers);
    // Failed logins count against their address, so that guessing keys is slow.
    if (outcome.kind !== 'identified') await limit(request, reply);
    const caller = admit(outcome, request);
    request.caller = caller;
    await limit(request, reply);
    if (access === 'sec' && !caller.isSecTeam) {
      throw hubFault({
        code: 'sec-team-required',
        message: 'Only the security team may do this.',
        hint: 'Ask a member of the security team, or have yourself added to its group.',
      });
    }
  });
}

function admit(outcome: Identification, request: FastifyRequest): Caller {
  if (outcome.kind === 'identified') {
    const { pairs, contacts, secTeam } = outcome.dropped;
    if (pairs > 0 || contacts > 0 || secTeam) {
      request.log.warn(
        { key: outcome.caller.keyName, dropped: outcome.dropped },
        'the spoke key is not entitled to all that was stated; the rest was dropped',
      );
    }
    return outcome.caller;
  }
  return refused(outcome, request);
}

function refused(outcome: Refusal, request: FastifyRequest): never {
  request.log.warn({ code: outcome.code, reason: outcome.detail, ...outcome.values }, 'nobody was identified');
  throw hubFault({
    code: outcome.code,
    message: 'The request could not be attributed to anybody.',
    hint: 'See docs/troubleshooting.md, section "Spoke authentication".',
    values: outcome.values,
  });
}
