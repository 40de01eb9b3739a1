import type { FastifyInstance, FastifySchema } from 'fastify';
import swagger from '@fastify/swagger';
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { ErrorBody } from '@pratique/hub/contract';
import type { Access } from './http/access.ts';
import { accessOf } from './http/access.ts';

/** What the description of the API says about the program. */
export interface ApiDescription {
  readonly version: string;
  /** Whether `/openapi.json` and `/docs` are served. */
  readonly served: boolean;
}

/**
 * Collects the description of the API from the schemas of the routes; must be called before they are registered.
 * `app.swagger()` gives the OpenAPI 3.1 document once all are.
 */
export async function describeApi(app: FastifyInstance, { version, served }: ApiDescription): Promise<void> {
  app.addSchema({ ...ErrorBody, $id: 'ErrorBody' });
  await app.register(swagger, {
    openapi: documentHead(version),
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json.$id === 'string' ? json.$id : `schema-${index}`,
    },
    transform: ({ schema, url, route }) => ({
      schema: describeRoute(schema, { url, method: String(route.method), access: accessOf(route.config) }),
      url,
    }),
  });
  if (served) await serveDescription(app);
}

function documentHead(version: string): NonNullable<FastifyDynamicSwaggerOptions['openapi']> {
  const description = 'With X-Forwarded-User and its companions, set by a spoke.';
  return {
    openapi: '3.1.0',
    info: {
      title: 'Pratique desk',
      version,
      description: 'CVEs of what runs, by namespace.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    components: {
      securitySchemes: {
        spoke: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description },
        token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      },
    },
  };
}

// The page's own default would send the document to a validator outside, and let styles come from anywhere.
const docsPolicy = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

async function serveDescription(app: FastifyInstance): Promise<void> {
  app.get('/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, () => app.swagger());
  // The reference system has a second set of pages there; bookmarks keep working.
  app.get('/redoc', { config: { access: 'public' }, schema: { hide: true } }, (_request, reply) =>
    reply.redirect('/docs'),
  );
  await app.register(async (docs) => {
    docs.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public' };
    });
    await docs.register(swaggerUi, { routePrefix: '/docs', staticCSP: docsPolicy, uiConfig: { validatorUrl: null } });
  });
}

interface RouteFacts {
  readonly url: string;
  readonly method: string;
  readonly access: Access;
}

/** Adds what every operation has: an id, its subject, who may call it, and the answers that are no success. */
function describeRoute(schema: FastifySchema | undefined, { url, method, access }: RouteFacts): FastifySchema {
  if (schema?.hide === true || !/^\/(?:api\/|health$|ready$)/.test(url)) return { hide: true };
  const subject = url.split('/')[2] ?? 'health';
  const failures = Object.fromEntries(
    failuresOf(access, url).map((status) => [status, { $ref: 'ErrorBody#', description: failureWords[status] }]),
  );
  return {
    operationId: `${method.toLowerCase()}_${url
      .replace(/^\/(?:api\/)?/, '')
      // Ids that may hold slashes are wildcards to the router; without a word for them two operations would share an id.
      .replaceAll('*', 'id')
      .replace(/[^A-Za-z0-9]+/g, '_')
      .replace(/_+$/, '')}`,
    tags: [subject],
    security: securityOf(access),
    ...schema,
    response: { ...failures, ...((schema?.response as Record<string, unknown> | undefined) ?? {}) },
  };
}

/** Reports are believed by the key of their cluster only. */
function securityOf(access: Access): readonly Record<string, string[]>[] {
  if (access === 'public') return [];
  return access === 'gate' ? [{ spoke: [] }] : [{ spoke: [] }, { token: [] }];
}

const failureWords: Readonly<Record<string, string>> = {
  '400': 'The request cannot be used',
  '401': 'Nobody could be identified',
  '403': 'The caller may not do this',
  '404': 'Not found, or not within the caller’s namespaces',
  '422': 'A value is not valid',
  '429': 'Too many requests',
  '503': 'A database cannot be used at the moment',
};

function failuresOf(access: Access, url: string): readonly string[] {
  if (access === 'public') return url.startsWith('/api/') ? ['422'] : [];
  const shared = ['400', '401', '422', '429', '503'];
  return [
    ...shared,
    ...(access === 'sec' || access === 'gate' ? ['403'] : []),
    ...(url.includes(':') || url.includes('*') ? ['404'] : []),
  ];
}
