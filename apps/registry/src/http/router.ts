/** From a request line to the function that answers it. Repository names contain slashes, so paths are read from both ends. */
import { registryFault } from '../errors.ts';
import { fixedLimits } from '../limits.ts';
import { deleteBlob, sendBlob } from './blob-routes.ts';
import type { Handler } from './exchange.ts';
import { sendCatalog, sendPing, sendReferrers, sendTags } from './list-routes.ts';
import { deleteManifest, sendManifest, takeManifest } from './manifest-routes.ts';
import { beginUpload, cancelUpload, finishUpload, sendUploadStatus, takePart } from './upload-routes.ts';

/** What a request does, which decides who may do it. */
export type Act = 'ping' | 'read' | 'write' | 'delete';

interface Route {
  readonly act: Act;
  readonly handle: Handler;
}

/** A request that has an answer. */
export interface Found extends Route {
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  /** The pattern it matched, for metrics: few values, nothing a client chose. */
  readonly endpoint: string;
}

interface Endpoint {
  readonly name: string;
  readonly pattern: RegExp;
  readonly methods: Readonly<Record<string, Route>>;
}

const read = (handle: Handler): Readonly<Record<string, Route>> => ({
  GET: { act: 'read', handle },
  HEAD: { act: 'read', handle },
});
const writes = (handle: Handler): Route => ({ act: 'write', handle });
const deletes = (handle: Handler): Route => ({ act: 'delete', handle });

// First match wins: uploads before blobs, because `uploads` stands where a digest would.
const endpoints: readonly Endpoint[] = [
  {
    name: 'ping',
    pattern: /^\/v2\/?$/,
    methods: { GET: { act: 'ping', handle: sendPing }, HEAD: { act: 'ping', handle: sendPing } },
  },
  { name: 'catalog', pattern: /^\/v2\/_catalog$/, methods: read(sendCatalog) },
  { name: 'tags', pattern: /^\/v2\/(.+)\/tags\/list$/, methods: read(sendTags) },
  {
    name: 'manifest',
    pattern: /^\/v2\/(.+)\/manifests\/([^/]+)$/,
    methods: { ...read(sendManifest), PUT: writes(takeManifest), DELETE: deletes(deleteManifest) },
  },
  { name: 'uploads', pattern: /^\/v2\/(.+)\/blobs\/uploads\/?$/, methods: { POST: writes(beginUpload) } },
  {
    name: 'upload',
    pattern: /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/,
    methods: {
      GET: writes(sendUploadStatus),
      PATCH: writes(takePart),
      PUT: writes(finishUpload),
      // Giving up an upload deletes nothing anybody has seen.
      DELETE: writes(cancelUpload),
    },
  },
  {
    name: 'blob',
    pattern: /^\/v2\/(.+)\/blobs\/([^/]+)$/,
    methods: { ...read(sendBlob), DELETE: deletes(deleteBlob) },
  },
  { name: 'referrers', pattern: /^\/v2\/(.+)\/referrers\/([^/]+)$/, methods: read(sendReferrers) },
];

/**
 * Finds the answer to a request.
 *
 * @throws Fault `request-malformed`, `path-unknown`, `operation-unsupported` (its values tell the methods there are)
 */
export function findRoute(method: string, target: string): Found {
  const [path, query] = readTarget(target);
  for (const { name, pattern, methods } of endpoints) {
    const match = pattern.exec(path);
    if (match === null) continue;
    const route = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (route === undefined) throw notOffered(Object.keys(methods));
    return { ...route, parts: match.slice(1), query, endpoint: name };
  }
  throw registryFault({
    code: 'path-unknown',
    message: 'There is nothing at this path.',
    hint: 'This is an OCI registry; everything it answers begins with /v2/.',
  });
}

function readTarget(target: string): readonly [string, URLSearchParams] {
  const [path = '', ...query] = target.split('?');
  try {
    if (target.length > fixedLimits.targetBytes) throw new RangeError();
    // Once, and as a whole: some clients encode the colon of a digest, some the slash of a name. The grammar decides after it.
    return [decodeURIComponent(path), new URLSearchParams(query.join('?'))];
  } catch (cause) {
    throw registryFault({
      code: 'request-malformed',
      message: `The path is malformed or longer than ${fixedLimits.targetBytes} bytes.`,
      hint: 'Encode special characters as UTF-8 with %XX.',
      cause,
    });
  }
}

/** The fault for a method that is not there, or switched off. */
export function notOffered(allowed: readonly string[], why = 'This method is not offered here.') {
  return registryFault({
    code: 'operation-unsupported',
    message: why,
    hint: allowed.length === 0 ? 'Ask whoever runs this registry.' : `Use ${allowed.join(', ')}.`,
    values: { allowed },
  });
}
