/** What judging asks of an object besides its images. */
import type { AdmissionRequest } from '@pratique/kube/admission';
import type { Owner } from './needs.ts';

/** Whether an object is being deleted (ADM-6). */
export function isBeingDeleted(object: unknown): boolean {
  const stamp = metadataOf(object)['deletionTimestamp'];
  return typeof stamp === 'string' && stamp !== '';
}

/** Its name, or what its name will begin with (ADM-7); for logs. */
export function nameOf(request: AdmissionRequest): string {
  if (request.name !== '') return request.name;
  const metadata = metadataOf(request.object);
  for (const key of ['name', 'generateName'] as const) {
    const value = metadata[key];
    if (typeof value === 'string' && value !== '') return value;
  }
  return '';
}

/** The owner that controls the object: there is at most one, and others do not create it (ADM-11). */
export function controllerOf(request: AdmissionRequest): Owner | undefined {
  const references = metadataOf(request.object)['ownerReferences'];
  if (!Array.isArray(references) || references.length > 64) return undefined;
  for (const reference of references as unknown[]) {
    const owner = readOwner(reference, request.namespace);
    if (owner !== undefined) return owner;
  }
  return undefined;
}

function readOwner(reference: unknown, namespace: string): Owner | undefined {
  if (typeof reference !== 'object' || reference === null) return undefined;
  const { apiVersion, kind, name, uid, controller } = reference as Readonly<Record<string, unknown>>;
  if (controller !== true || !isText(apiVersion) || !isText(kind) || !isText(name) || !isText(uid)) return undefined;
  const [first = '', second] = apiVersion.split('/', 2);
  return { apiVersion, group: second === undefined ? '' : first, kind, name, uid, namespace };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 253;
}

function metadataOf(object: unknown): Readonly<Record<string, unknown>> {
  if (typeof object !== 'object' || object === null || !('metadata' in object)) return {};
  const { metadata } = object;
  return typeof metadata === 'object' && metadata !== null ? (metadata as Readonly<Record<string, unknown>>) : {};
}
