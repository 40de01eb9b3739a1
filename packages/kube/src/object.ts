/** Objects as the API serves them: the envelope is checked, what is within stays as it came. */
import Type from 'typebox';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';
import { kubeFault } from './errors.ts';

const Text = Type.String({ maxLength: 4096 });
const Labels = Type.Record(Type.String(), Type.String());

/** Who owns an object; `controller` marks the one that manages it. */
const OwnerReference = Type.Object({
  apiVersion: Text,
  kind: Text,
  name: Text,
  uid: Text,
  controller: Type.Optional(Type.Boolean()),
  blockOwnerDeletion: Type.Optional(Type.Boolean()),
});

const Metadata = Type.Object({
  name: Type.Optional(Text),
  generateName: Type.Optional(Text),
  namespace: Type.Optional(Text),
  uid: Type.Optional(Text),
  resourceVersion: Type.Optional(Text),
  generation: Type.Optional(Type.Number()),
  creationTimestamp: Type.Optional(Type.Union([Text, Type.Null()])),
  deletionTimestamp: Type.Optional(Type.Union([Text, Type.Null()])),
  labels: Type.Optional(Type.Union([Labels, Type.Null()])),
  annotations: Type.Optional(Type.Union([Labels, Type.Null()])),
  ownerReferences: Type.Optional(Type.Union([Type.Array(OwnerReference, { maxItems: 1000 }), Type.Null()])),
});

const ObjectEnvelope = Type.Object({
  apiVersion: Type.Optional(Text),
  kind: Type.Optional(Text),
  metadata: Metadata,
});

/** What an object says about itself. */
export type ObjectMetadata = Static<typeof Metadata>;
/** One entry of `metadata.ownerReferences`. */
export type ObjectOwner = Static<typeof OwnerReference>;

/** An object of the Kubernetes API; fields beyond the envelope are whatever the server sent. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMetadata;
  readonly [field: string]: unknown;
}

/** Whether a value has the envelope of an object. */
export function isKubeObject(value: unknown): value is KubeObject {
  return Value.Check(ObjectEnvelope, value);
}

/**
 * The value as an object.
 *
 * @param what for the message: `secrets "a" in namespace b`
 * @throws Fault `api-answer-invalid`
 */
export function asKubeObject(value: unknown, what: string): KubeObject {
  if (isKubeObject(value)) return value;
  const [flaw] = Value.Errors(ObjectEnvelope, value);
  throw kubeFault({
    code: 'api-answer-invalid',
    message: `The API server answered for ${what} with something that is not an object: ${flaw?.instancePath ?? ''} ${flaw?.message ?? 'is wrong'}.`,
    hint: 'Check that the address is that of a Kubernetes API server and not of a proxy in front of it.',
  });
}
