/** From objects of the cluster to what they mean here. Nothing in them is believed before it was checked. */
import { isDeepStrictEqual } from 'node:util';
import { excerpt, isFault } from '@pratique/runtime/fault';
import { checkKeyPair, fingerprintOf, parseBundle, readCertificates, readPrivateKey } from '@pratique/tls';
import type { Bundle } from '@pratique/tls';
import Type from 'typebox';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';
import { issuedAnnotation, rulesAnnotation } from './annotations.ts';
import type { ClusterObject, ClusterRef } from './cluster.ts';
import type {
  Owner,
  PublishedReading,
  SecretReading,
  WantedRules,
  WebhookEntry,
  WebhookReading,
  WebhookRule,
} from './state.ts';

/** An object that was read, is known not to be there, or was not looked at yet. */
export type Looked =
  | { readonly state: 'unread' }
  | { readonly state: 'read'; readonly object: ClusterObject | undefined };

/** Longest value of a Secret in base64: etcd takes 1.5 MiB for a whole object. */
const maxValueLength = 2_097_152;
const maxEntries = 100;

const Names = Type.Array(Type.String({ maxLength: 253 }), { minItems: 1, maxItems: 100 });
const Rule = Type.Object({
  operations: Names,
  apiGroups: Names,
  apiVersions: Names,
  resources: Names,
  scope: Type.Optional(Type.String({ maxLength: 20 })),
});
const Rules = Type.Array(Rule, { maxItems: 100 });
const Entry = Type.Object({
  name: Type.String(),
  clientConfig: Type.Object({
    caBundle: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    service: Type.Optional(Type.Object({ port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })) })),
  }),
  rules: Type.Optional(Type.Union([Type.Array(Type.Unknown(), { maxItems: 1000 }), Type.Null()])),
});
type Entry = Static<typeof Entry>;

/** A Secret with `tls.crt`, `tls.key` and perhaps `ca.crt`. */
export function readSecret(looked: Looked, what: string): SecretReading {
  if (looked.state === 'unread') return { state: 'unread' };
  const { object } = looked;
  if (object === undefined) return { state: 'missing' };
  const certificate = valueOf(object, 'tls.crt');
  const key = valueOf(object, 'tls.key');
  const owner = ownerOf(object, certificate, key);
  try {
    const pair = checkKeyPair({ certificate, key }, what);
    const ca = readAuthorities(valueOf(object, 'ca.crt'), `ca.crt of ${what}`);
    return {
      ...{ state: 'usable', owner, pair, object },
      fingerprint: fingerprintOf(pair.leaf),
      ...{ authorities: ca.bundle, authoritiesFlaw: ca.flaw },
    };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { state: 'unusable', owner, why: error.message, fix: error.hint, object };
  }
}

/** The ConfigMap with `ca.crt`. */
export function readPublished(looked: Looked): PublishedReading {
  if (looked.state === 'unread') return { state: 'unread' };
  if (looked.object === undefined) return { state: 'missing' };
  const data = looked.object['data'];
  const text = isRecord(data) && typeof data['ca.crt'] === 'string' ? data['ca.crt'] : '';
  return { state: 'there', text, object: looked.object };
}

/** The entries of a webhook configuration that have the given name, wherever they stand. */
export function readWebhook(looked: Looked, ref: ClusterRef, entryName: string): WebhookReading {
  if (looked.state === 'unread') return { state: 'unread', ref };
  const { object } = looked;
  if (object === undefined) return { state: 'missing', ref };
  const all = Array.isArray(object['webhooks']) ? object['webhooks'].slice(0, maxEntries) : [];
  const entries = all.flatMap((entry: unknown, index) =>
    Value.Check(Entry, entry) && entry.name === entryName ? [entryOf(entry, index)] : [],
  );
  return { state: 'there', ref, object, entries, wanted: readWanted(object) };
}

/** Whether two lists of rules ask for the same. */
export function sameRules(one: readonly WebhookRule[], other: readonly WebhookRule[]): boolean {
  return isDeepStrictEqual(one, other);
}

function entryOf({ name, clientConfig, rules }: Entry, index: number): WebhookEntry {
  const text = decode(clientConfig.caBundle ?? '');
  const ca = readAuthorities(text, `caBundle of webhook ${name}`);
  const flaw = text.trim() === '' ? `The caBundle of webhook ${name} is empty.` : ca.flaw;
  const port = clientConfig.service?.port ?? 443;
  return { index, name, port, authorities: ca.bundle, flaw, rules: rulesOf(rules ?? []) };
}

function readWanted(object: ClusterObject): WantedRules {
  const text = object.metadata.annotations?.[rulesAnnotation];
  if (text === undefined) return { state: 'unknown', why: 'the annotation is not there' };
  if (text.length > 65_536) return { state: 'unknown', why: 'it is longer than 65,536 characters' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { state: 'unknown', why: `it is not JSON: ${excerpt(text)}` };
  }
  if (!Value.Check(Rules, value)) {
    const [flaw] = Value.Errors(Rules, value);
    return { state: 'unknown', why: `${flaw?.instancePath ?? ''} ${flaw?.message ?? 'is wrong'}`.trim() };
  }
  // Rules that match nothing would switch the webhook off, which nobody asks for in this way.
  if (value.length === 0) return { state: 'unknown', why: 'the list is empty' };
  return { state: 'known', rules: rulesOf(value) };
}

// The API server fills in the scope; the order of fields in JSON says nothing.
function rulesOf(values: readonly unknown[]): readonly WebhookRule[] {
  return values.flatMap((value) => {
    if (!Value.Check(Rule, value)) return [];
    const { operations, apiGroups, apiVersions, resources, scope = '*' } = value;
    return [{ operations, apiGroups, apiVersions, resources, scope }];
  });
}

/**
 * Whose content a Secret holds. The gate notes the fingerprint of what it issued: another certificate is somebody's, and
 * so is a private key beside a certificate that cannot be read, where the gate never wrote. What is neither holds nothing to lose.
 */
function ownerOf(object: ClusterObject, certificate: string, key: string): Owner {
  const issued = object.metadata.annotations?.[issuedAnnotation];
  const leaf = firstFingerprint(certificate);
  if (leaf !== undefined) return leaf === issued ? 'gate' : 'somebody';
  return issued === undefined && isPrivateKey(key) ? 'somebody' : 'gate';
}

function firstFingerprint(pem: string): string | undefined {
  try {
    const [first] = readCertificates(pem, 'certificate');
    return first && fingerprintOf(first);
  } catch {
    return undefined;
  }
}

function isPrivateKey(pem: string): boolean {
  try {
    return readPrivateKey(pem, 'key').type === 'private';
  } catch {
    return false;
  }
}

function readAuthorities(
  pem: string,
  what: string,
): { readonly bundle: Bundle | undefined; readonly flaw: string | undefined } {
  if (pem.trim() === '') return { bundle: undefined, flaw: undefined };
  try {
    return { bundle: parseBundle(pem, what), flaw: undefined };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { bundle: undefined, flaw: error.message };
  }
}

function valueOf(object: ClusterObject, key: string): string {
  const data = object['data'];
  const value = isRecord(data) ? data[key] : undefined;
  return typeof value === 'string' ? decode(value) : '';
}

function decode(base64: string): string {
  return base64.length > maxValueLength ? '' : Buffer.from(base64, 'base64').toString('utf8');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
