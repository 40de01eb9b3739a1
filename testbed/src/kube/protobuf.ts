/**
 * The binary form in which helm and some verbs of kubectl (`create secret`, `auth can-i`) send objects: `k8s\0`, then an
 * envelope with the kind, then the object. Only what those send is known here; field numbers are those of the published
 * `generated.proto` files of Kubernetes.
 */
import { Refusal } from './refusal.ts';

type Field =
  | { readonly name: string; readonly type: 'text' | 'bytes' | 'number' | 'flag' | 'texts' | 'text-map' | 'bytes-map' }
  | { readonly name: string; readonly type: 'object'; readonly fields: Fields };
type Fields = Readonly<Record<number, Field>>;

const metadata: Field = {
  name: 'metadata',
  type: 'object',
  fields: {
    1: { name: 'name', type: 'text' },
    2: { name: 'generateName', type: 'text' },
    3: { name: 'namespace', type: 'text' },
    5: { name: 'uid', type: 'text' },
    6: { name: 'resourceVersion', type: 'text' },
    11: { name: 'labels', type: 'text-map' },
    12: { name: 'annotations', type: 'text-map' },
    14: { name: 'finalizers', type: 'texts' },
  },
};

const resourceAttributes: Field = {
  name: 'resourceAttributes',
  type: 'object',
  fields: Object.fromEntries(
    ['namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name'].map((name, index) => [
      index + 1,
      { name, type: 'text' } as const,
    ]),
  ),
};

const kinds: Readonly<Record<string, Fields>> = {
  Secret: {
    1: metadata,
    2: { name: 'data', type: 'bytes-map' },
    3: { name: 'type', type: 'text' },
    4: { name: 'stringData', type: 'text-map' },
    5: { name: 'immutable', type: 'flag' },
  },
  ConfigMap: { 1: metadata, 2: { name: 'data', type: 'text-map' }, 3: { name: 'binaryData', type: 'bytes-map' } },
  Namespace: { 1: metadata },
  ServiceAccount: { 1: metadata },
  SelfSubjectAccessReview: { 1: metadata, 2: { name: 'spec', type: 'object', fields: { 1: resourceAttributes } } },
  SubjectAccessReview: {
    1: metadata,
    2: {
      name: 'spec',
      type: 'object',
      fields: { 1: resourceAttributes, 3: { name: 'user', type: 'text' }, 4: { name: 'groups', type: 'texts' } },
    },
  },
};

const envelope: Fields = {
  1: {
    name: 'typeMeta',
    type: 'object',
    fields: { 1: { name: 'apiVersion', type: 'text' }, 2: { name: 'kind', type: 'text' } },
  },
  2: { name: 'raw', type: 'bytes' },
};

/** @throws Refusal 415 for kinds that are not known here */
export function objectInProtobuf(bytes: Buffer): unknown {
  const outer = bytes.subarray(0, 4).toString('latin1') === 'k8s\0' ? decode(bytes.subarray(4), envelope) : {};
  const { apiVersion, kind = '' } = (outer['typeMeta'] ?? {}) as {
    readonly apiVersion?: string;
    readonly kind?: string;
  };
  const fields = kinds[kind];
  if (fields === undefined)
    throw new Refusal(
      415,
      'UnsupportedMediaType',
      `this test server reads ${kind || 'this'} as JSON or YAML only; use kubectl create -f`,
    );
  return { apiVersion, kind, metadata: {}, ...decode(Buffer.from((outer['raw'] ?? '') as string, 'base64'), fields) };
}

function decode(bytes: Buffer, fields: Fields): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const { number, value } of entriesIn(bytes)) {
    const field = fields[number];
    if (field !== undefined) put(result, field, value);
  }
  return result;
}

function put(result: Record<string, unknown>, field: Field, value: Buffer | number): void {
  const { name } = field;
  if (field.type === 'flag') result[name] = value === 1;
  else if (typeof value === 'number') result[name] = value;
  else if (field.type === 'object') result[name] = decode(value, field.fields);
  else if (field.type === 'texts') result[name] = [...((result[name] ?? []) as string[]), value.toString('utf8')];
  else if (field.type === 'bytes') result[name] = value.toString('base64');
  else if (field.type === 'text-map' || field.type === 'bytes-map') {
    const type = field.type === 'text-map' ? 'text' : 'bytes';
    const { key, value: content } = decode(value, { 1: { name: 'key', type: 'text' }, 2: { name: 'value', type } });
    result[name] = { ...(result[name] as object | undefined), [String(key)]: content ?? '' };
    // An empty text is what an absent one is.
  } else if (value.length > 0) result[name] = value.toString('utf8');
}

function* entriesIn(bytes: Buffer): Generator<{ readonly number: number; readonly value: Buffer | number }> {
  const reader = { at: 0 };
  while (reader.at < bytes.length) {
    const tag = varint(bytes, reader);
    const [number, wire] = [tag >>> 3, tag & 7];
    if (wire === 0) yield { number, value: varint(bytes, reader) };
    else if (wire === 2) {
      const length = varint(bytes, reader);
      yield { number, value: bytes.subarray(reader.at, reader.at + length) };
      reader.at += length;
    } else reader.at += wire === 1 ? 8 : 4;
  }
}

function varint(bytes: Buffer, reader: { at: number }): number {
  let value = 0;
  for (let shift = 0; shift < 53; shift += 7) {
    const byte = bytes[reader.at] ?? 0;
    reader.at += 1;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  return value;
}
