import Type from 'typebox';
import { isFault } from '@pratique/runtime/fault';
import {
  ImageCveDetail,
  ImageCveGroup,
  ImageCveGroupPage,
  ImageCvesQuery,
  ImageDetail,
  ImageDetailQuery,
  ImageGroupQuery,
  type ImageChange,
  type ScopeQuery,
} from '@pratique/hub/contract';
import { ask, askValue, markAge, sendJson, viewerOf, type HubContext } from '../context.ts';
import { instantOf } from '../cves/present.ts';
import { notFound } from '../errors.ts';
import { callerOf, type HubServer } from '../http.ts';
import type { Viewer } from '../visibility/viewer.ts';
import type { ImageFacts } from './detail.ts';
import { readImageChanges } from './history.ts';
import { maskSecrets } from './layer-secrets.ts';

const idText = Type.String({ minLength: 1, maxLength: 1024 });
/** Image ids hold colons and may hold slashes, raw or encoded. */
const ImageParams = Type.Object({ '*': idText });

/** `GET /api/cves/by-image…` and `GET /api/images/{image_id}`. */
export function registerImages(app: HubServer, context: HubContext): void {
  app.get('/api/cves/by-image', {
    schema: {
      summary: 'CVEs grouped by the image that carries them',
      querystring: ImageGroupQuery,
      response: { 200: Type.Union([Type.Array(ImageCveGroup), ImageCveGroupPage]) },
    },
    handler: async (request, reply) => {
      const viewer = viewerOf(callerOf(request));
      const paged = request.query.page !== undefined || request.query.page_size !== undefined;
      const kind = paged ? ('image-page' as const) : ('image-groups' as const);
      return sendJson(context, reply, await ask(context, viewer, { kind, ask: { viewer, query: request.query } }));
    },
  });
  app.get('/api/cves/by-image/*', {
    schema: {
      summary: 'CVEs of one image: /api/cves/by-image/{image_id}/cves',
      params: ImageParams,
      querystring: ImageCvesQuery,
      response: { 200: Type.Array(ImageCveDetail) },
    },
    handler: async (request, reply) => {
      const imageId = /^(.+)\/cves$/.exec(request.params['*'])?.[1];
      if (imageId === undefined) throw notFound(request.params['*']);
      const viewer = viewerOf(callerOf(request));
      const facts = await askValue(context, viewer, {
        kind: 'image-facts',
        ask: { viewer, imageId, query: request.query },
      });
      if (facts === null) throw notFound(imageId);
      markAge(context, reply);
      return [...facts.cves];
    },
  });
  app.get('/api/images/*', {
    schema: {
      summary: 'One image: /api/images/{image_id}',
      params: ImageParams,
      querystring: ImageDetailQuery,
      response: { 200: ImageDetail },
    },
    handler: async (request, reply) => {
      const viewer = viewerOf(callerOf(request));
      const imageId = request.params['*'];
      const query = { ...request.query, show_suppressed: false };
      const facts = await askValue(context, viewer, { kind: 'image-facts', ask: { viewer, imageId, query } });
      if (facts === null) throw notFound(imageId);
      const [layers, history] = await Promise.all([
        layersOf(context, facts),
        historyOf(context, viewer, { facts, filter: request.query }),
      ]);
      markAge(context, reply);
      return {
        ...present(facts, { ...layers, layers: viewer.seesAll ? layers.layers : maskSecrets(layers.layers) }),
        history,
      };
    },
  });
}

async function historyOf(
  context: HubContext,
  viewer: Viewer,
  { facts, filter }: { readonly facts: ImageFacts; readonly filter: ScopeQuery },
): Promise<ImageChange[]> {
  const { ref } = facts.image;
  const changes = ref === null ? [] : await readImageChanges(context.db, ref);
  const { cluster, namespace } = filter;
  return changes.length === 0
    ? []
    : [
        ...(await askValue(context, viewer, {
          kind: 'image-history',
          ask: { viewer, filter: { cluster, namespace }, changes },
        })),
      ];
}

type Layers = Pick<ImageDetail, 'layers' | 'layers_state'>;

async function layersOf(context: HubContext, { image }: ImageFacts): Promise<Layers> {
  if (image.ref === null || image.generation === null) {
    return { layers: [], layers_state: 'not_kept' };
  }
  try {
    const found = await context.central.layers({ ref: image.ref, generation: image.generation });
    if (found.outcome !== 'layers') {
      return { layers: [], layers_state: found.outcome === 'not-granted' ? 'not_granted' : 'not_kept' };
    }
    return {
      layers: found.layers.map(({ index, instruction, value }) => ({ idx: index, instruction, value })),
      layers_state: 'read',
    };
  } catch (error) {
    if (!isFault(error)) throw error;
    context.log.warn({ err: error }, 'the layers of an image could not be read from Central');
    return { layers: [], layers_state: 'unavailable' };
  }
}

function present(
  { image, cves, months, otherNames, components, deployments, dataAsOf }: ImageFacts,
  layers: Layers,
): ImageDetail {
  const bySeverity = (wanted: (severity: number) => boolean) => cves.filter(({ severity }) => wanted(severity)).length;
  return {
    image_id: image.digest,
    name_fullname: image.name || image.digest,
    name_registry: image.registry || null,
    name_remote: image.remote || null,
    name_tag: image.tag || null,
    os: image.os || null,
    created: instantOf(image.created ?? 0),
    last_scanned: instantOf(image.scanned ?? 0),
    last_updated: instantOf(image.updated ?? 0),
    docker_user: image.user || null,
    risk_score: image.riskScore,
    top_cvss: image.topCvss,
    component_count: image.componentCount,
    cve_count: cves.length,
    fixable_cves: cves.filter(({ fixable }) => fixable).length,
    critical_cves: bySeverity((severity) => severity === 4),
    high_cves: bySeverity((severity) => severity === 3),
    medium_cves: bySeverity((severity) => severity === 2),
    low_cves: bySeverity((severity) => severity <= 1),
    ...layers,
    scan_state: image.scanned === null ? 'not_scanned' : 'scanned',
    cve_timeline: months.map(({ month, counts }) => ({
      month,
      critical: counts[4] ?? 0,
      important: counts[3] ?? 0,
      moderate: counts[2] ?? 0,
      low: counts[1] ?? 0,
    })),
    cves: [...cves],
    other_names: [...otherNames],
    components: [...components],
    deployments: [...deployments],
    data_as_of: dataAsOf,
  };
}
