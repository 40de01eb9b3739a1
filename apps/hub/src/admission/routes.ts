import Type from 'typebox';
import {
  AdmissionDetail,
  AdmissionDetailQuery,
  AdmissionPage,
  AdmissionQuery,
  AdmissionReport,
  AdmissionReportAnswer,
  AdmissionSummary,
  ScopeQuery,
  type AdmissionEntry,
} from '@pratique/hub/contract';
import { askValue, viewerOf, type HubContext } from '../context.ts';
import { hubFault, notFound } from '../errors.ts';
import { callerOf, reporterOf, type HubServer } from '../http.ts';
import { validateToFirstMistake } from '../http/validation.ts';
import type { Reporter } from '../identity/reporter.ts';
import type { Viewer } from '../visibility/viewer.ts';
import { keepReport, listDecisions, readDecision } from './store.ts';
import { summarise } from './summary.ts';

/** Gates send about one megabyte of characters at most; written as JSON they may take up to three times that. */
const reportBytes = 4 * 1024 * 1024;
/** Digests of one decision whose page is looked for. */
const lookedForImages = 64;
const DecisionParams = Type.Object({ uid: Type.String({ maxLength: 384 }) });

/** What gates report, and what the desk shows of it. Nothing here needs StackRox: a gate is worth reading while that is away. */
export function registerAdmission(app: HubServer, context: HubContext): void {
  const { db, now } = context;
  registerReports(app, context);
  app.get('/api/admission/decisions', {
    schema: {
      summary: 'What the gates of my namespaces decided, newest first',
      querystring: AdmissionQuery,
      response: { 200: AdmissionPage },
    },
    handler: async (request) => {
      const { page, page_size } = request.query;
      const found = await listDecisions(db, callerOf(request).reach, request.query);
      return { ...found, page, page_size };
    },
  });
  app.get('/api/admission/summary', {
    schema: {
      summary: 'The last 24 hours of my namespaces, and whether their gates report',
      querystring: ScopeQuery,
      response: { 200: AdmissionSummary },
    },
    handler: (request) => {
      const knownClusters = (context.source.state?.clusters ?? []).map(({ name }) => name);
      return summarise(db, { reach: callerOf(request).reach, filter: request.query, knownClusters, now: now() });
    },
  });
  app.get('/api/admission/decisions/:uid', {
    schema: {
      summary: 'One decision with its evidence',
      params: DecisionParams,
      querystring: AdmissionDetailQuery,
      response: { 200: AdmissionDetail },
    },
    handler: async (request) => {
      const viewer = viewerOf(callerOf(request));
      const { uid } = request.params;
      const entry = await readDecision(db, viewer.reach, { uid, cluster: request.query.in });
      if (entry === undefined) throw notFound(`The decision ${uid}`);
      return { ...entry, known_images: await knownImages(context, viewer, entry) };
    },
  });
}

function registerReports(app: HubServer, { db, now }: HubContext): void {
  app.post('/api/admission/decisions', {
    config: { access: 'gate' },
    bodyLimit: reportBytes,
    validatorCompiler: validateToFirstMistake(),
    schema: {
      summary: 'Report what a gate decided; what is known already is kept once',
      body: AdmissionReport,
      response: { 202: AdmissionReportAnswer },
    },
    handler: async (request, reply) => {
      refuseForeignCluster(reporterOf(request), request.body.cluster_name);
      return await reply.code(202).send(await keepReport(db, request.body, now()));
    },
  });
}

/** A key bound to clusters reports for these only, or one cluster could show what it likes to the teams of another. */
function refuseForeignCluster({ clusters, keyName }: Reporter, cluster: string): void {
  if (clusters === null || clusters.includes(cluster)) return;
  throw hubFault({
    code: 'cluster-not-allowed',
    message: `The key ${keyName ?? '(unnamed)'} may not speak for the cluster ${cluster}.`,
    hint: 'Add the cluster to the key in SPOKE_API_KEYS, or correct PRATIQUE_CLUSTER_NAME of the gate.',
    values: { cluster },
  });
}

/** Which images have a page. A desk without data knows none, which must not hide the decision. */
async function knownImages(context: HubContext, viewer: Viewer, { images }: AdmissionEntry): Promise<string[]> {
  const digests = [...new Set(images.flatMap(({ digest }) => digest ?? []))].slice(0, lookedForImages);
  if (digests.length === 0 || context.source.loadedVersion === 0) return [];
  return [...(await askValue(context, viewer, { kind: 'known-images', ask: { viewer, digests } }))];
}
