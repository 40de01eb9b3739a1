import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import rateLimit from '@fastify/rate-limit';
import { hubFault } from '../errors.ts';

/** How often one identity may ask. */
export interface RateLimitSettings {
  /** Sustained requests per second; 0: no limit. */
  readonly perSecond: number;
  /** Requests that may come at once. */
  readonly burst: number;
}

/** Counts a request against its identity; throws Fault `rate-limited` and sets `Retry-After` when that is too much. */
export type RateLimitRule = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** Gates of one cluster share a key; each has an address of its own. */
function identityOf({ caller, reporter, ip }: FastifyRequest): string {
  return caller?.id ?? (reporter === null ? ip : `${reporter.keyName ?? 'key'} ${ip}`);
}

/**
 * A limit per identity, so that one script cannot take the service from everybody. It is kept per process: it protects
 * this process, and needs no exactness across replicas.
 */
export async function createRateLimit(
  app: FastifyInstance,
  { perSecond, burst }: RateLimitSettings,
): Promise<RateLimitRule> {
  if (perSecond === 0) return () => Promise.resolve();
  await app.register(rateLimit, { global: false });
  const count = app.createRateLimit({
    // A window in which the burst is exactly what the sustained rate allows.
    max: burst,
    timeWindow: Math.ceil((burst / perSecond) * 1_000),
    keyGenerator: identityOf,
  });
  return async (request, reply) => {
    const counted = await count(request);
    if (counted.isAllowed || !counted.isExceeded) return;
    void reply.header('Retry-After', String(Math.max(1, counted.ttlInSeconds)));
    throw hubFault({
      code: 'rate-limited',
      message: `More than ${burst} requests came at once.`,
      hint: 'Wait for the time in Retry-After and ask less often.',
      values: { seconds: Math.max(1, counted.ttlInSeconds) },
    });
  };
}
