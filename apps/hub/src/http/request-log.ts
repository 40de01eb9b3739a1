import { createHmac } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { Histogram } from '@pratique/runtime/metrics';
import type { Registry } from '@pratique/runtime/metrics';

/** Asked every few seconds by machines; their lines would bury the others. */
const quietRoutes = new Set(['/health', '/ready', '/metrics']);

/**
 * One line per request when it is answered: what, how long, and who, as a keyed digest. The digest lets an operator
 * follow one person through the log without the log naming anybody.
 *
 * @param secret key of the digest
 */
export function logRequests(app: FastifyInstance, secret: string): void {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    if (!quietRoutes.has(route)) {
      request.log.info(
        {
          method: request.method,
          route,
          status: reply.statusCode,
          ms: Math.round(reply.elapsedTime * 10) / 10,
          ...(request.caller === null
            ? {}
            : { user: digestUser(secret, request.caller.id), key: request.caller.keyName ?? undefined }),
        },
        'answered',
      );
    }
    done();
  });
}

/** A person as logs name them: twelve hexadecimal digits. */
export function digestUser(secret: string, userId: string): string {
  return createHmac('sha256', secret).update(userId).digest('hex').slice(0, 12);
}

/** Measures every request by route and status. */
export function measureRequests(app: FastifyInstance, registry: Registry): void {
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  app.addHook('onResponse', (request, reply, done) => {
    const labels = {
      method: request.method,
      route: request.routeOptions.url ?? 'unknown',
      status: String(reply.statusCode),
    };
    duration.observe(labels, reply.elapsedTime / 1_000);
    done();
  });
}
