import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import fastifyStatic from '@fastify/static';
import { answerUnknownRoute } from './answer-error.ts';

/** Built files carry a digest in their name and never change under it. Seconds. */
const assetLifetime = 365 * 24 * 60 * 60;

/**
 * Serves the built console from `root`: its files to anybody, because they hold no data, and `index.html` for every
 * other page address, because the console finds its page itself. Addresses of the API keep answering 404 in JSON.
 *
 * @returns false when nothing is built there; the API works without
 */
export async function serveConsole(app: FastifyInstance, root: string): Promise<boolean> {
  if (!existsSync(join(root, 'index.html'))) return false;
  await app.register(async (files) => {
    files.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public' };
    });
    await files.register(fastifyStatic, {
      root,
      wildcard: false,
      index: ['index.html'],
      // The build leaves a packed twin beside every large file; packing it anew for each browser would be waste.
      preCompressed: true,
      cacheControl: false,
      setHeaders: (reply, path) => {
        void reply.header(
          'Cache-Control',
          path.includes('/assets/') ? `public, max-age=${assetLifetime}, immutable` : 'no-cache',
        );
      },
    });
    files.get('/*', { schema: { hide: true } }, (request, reply) => {
      // Files that came after the start: the console was built anew while the hub runs.
      const [, asset] = /^\/(assets\/[\w.-]+)$/.exec(request.url) ?? [];
      if (asset !== undefined) return reply.sendFile(asset, root);
      const isPage = !/^\/(?:api|docs|health|ready|metrics|openapi\.json)(?:[/?]|$)/.test(request.url);
      const wantsPage = isPage && (request.headers.accept ?? '').includes('text/html');
      return wantsPage
        ? reply.header('Cache-Control', 'no-cache').sendFile('index.html', root)
        : answerUnknownRoute(request, reply);
    });
  });
  return true;
}
