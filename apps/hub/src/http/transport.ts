import type { FastifyInstance } from 'fastify';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import underPressure from '@fastify/under-pressure';
import { hubFault } from '../errors.ts';
import { accessOf } from './access.ts';
import { refuseCrossSite } from './cross-site.ts';

/** What the transport rules depend on. */
export interface TransportSettings {
  readonly devMode: boolean;
  /** Origins that may call from a browser with credentials. */
  readonly allowedOrigins: readonly string[];
  /** Event-loop delay in milliseconds beyond which requests are turned away; 0: never. */
  readonly maxEventLoopDelayMs: number;
}

/** The rules that hold for every answer and every request, whatever the route. */
export async function protectTransport(app: FastifyInstance, settings: TransportSettings): Promise<void> {
  await app.register(cors, corsRules(settings));
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: contentPolicy },
    referrerPolicy: { policy: 'no-referrer' },
  });
  await app.register(underPressure, {
    maxEventLoopDelay: settings.maxEventLoopDelayMs,
    pressureHandler: (request) => {
      // A probe that is turned away restarts the pod, which makes an overload worse.
      if (accessOf(request.routeOptions.config) === 'public') return;
      throw hubFault({
        code: 'overloaded',
        message: 'The event loop is too far behind.',
        hint: 'Try again in a few seconds.',
      });
    },
  });
  const rules = { allowedOrigins: settings.allowedOrigins, allowLoopback: settings.devMode };
  app.addHook('onRequest', (request, reply, done) => {
    if (request.url.startsWith('/api')) void reply.header('Cache-Control', 'no-store');
    void reply.header('X-Request-Id', request.id);
    refuseCrossSite(request, rules);
    done();
  });
}

function corsRules({ devMode, allowedOrigins }: TransportSettings): Parameters<typeof cors>[1] {
  const shared = {
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['X-Request-Id', 'X-Data-As-Of', 'Retry-After', 'Content-Disposition'],
  };
  // Any origin, but then without credentials: browsers refuse the combination anyway.
  if (devMode) return { ...shared, origin: '*', credentials: false };
  return { ...shared, origin: [...allowedOrigins], credentials: true };
}

/**
 * The console loads its own files only and runs no inline script. Components position themselves with style
 * attributes, so these are allowed, but no inline style sheets: text that gets into a page can style nothing else.
 */
const contentPolicy = {
  'default-src': ["'self'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'style-src-attr': ["'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'object-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
};
