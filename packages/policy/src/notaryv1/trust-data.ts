/** Documents of a Notary server (TUF metadata of the first generation), parsed once; nothing of them is believed yet. */
import { parseStrictJson } from '@pratique/oci';
import { excerpt, isFault } from '@pratique/runtime/fault';
import Type, { type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { canonicalJson } from './canonical-json.ts';
import { TrustFlaw } from './flaw.ts';

/** The four roles every repository has. */
export const baseRoles = ['root', 'targets', 'snapshot', 'timestamp'] as const;

export type BaseRole = (typeof baseRoles)[number];

const orNull = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
const text = Type.String({ maxLength: 64 * 1024 });
const roleText = Type.String({ maxLength: 255 });

const Signature = Type.Object({ keyid: roleText, method: roleText, sig: text });
const Key = Type.Object({ keytype: roleText, keyval: Type.Object({ public: text }) });
const Keys = Type.Record(Type.String(), Key);
const KeyIds = Type.Array(roleText, { maxItems: 1000 });
const Checksums = Type.Record(Type.String(), text);
const FileMeta = Type.Object({
  hashes: Checksums,
  length: Type.Integer({ minimum: 0 }),
  version: Type.Optional(Type.Integer()),
});
const common = { _type: roleText, expires: roleText, version: Type.Integer() };

const bodies = {
  root: Type.Object({
    ...common,
    keys: Keys,
    roles: Type.Record(Type.String(), Type.Object({ keyids: KeyIds, threshold: Type.Integer() })),
  }),
  targets: Type.Object({
    ...common,
    targets: orNull(Type.Record(Type.String(), FileMeta)),
    delegations: Type.Optional(
      orNull(
        Type.Object({
          keys: orNull(Keys),
          roles: orNull(
            Type.Array(
              Type.Object({
                name: roleText,
                keyids: KeyIds,
                threshold: Type.Integer(),
                paths: Type.Optional(orNull(Type.Array(text))),
              }),
              { maxItems: 1000 },
            ),
          ),
        }),
      ),
    ),
  }),
  snapshot: Type.Object({ ...common, meta: Type.Record(Type.String(), FileMeta) }),
  timestamp: Type.Object({ ...common, meta: Type.Record(Type.String(), FileMeta) }),
} as const;

const Envelope = Type.Object({ signed: Type.Unknown(), signatures: orNull(Type.Array(Signature, { maxItems: 1000 })) });

/** A key as trust data holds it: its value is the base64 of SPKI in DER, or of a certificate in PEM. */
export type RoleKey = Static<typeof Key>;
export type FileEntry = Static<typeof FileMeta>;

/** One signature over a document. */
export interface RoleSignature {
  readonly keyId: string;
  readonly method: string;
  readonly signature: Uint8Array;
}

/** A document with what every role needs to be checked. */
export interface RoleDocument<R extends BaseRole = BaseRole> {
  /** `targets/releases` for delegations. */
  readonly name: string;
  /** As served: checksums are over these. */
  readonly bytes: Uint8Array;
  /** As signed. */
  readonly canonical: Uint8Array;
  readonly signatures: readonly RoleSignature[];
  readonly expires: Date;
  readonly version: number;
  readonly body: Static<(typeof bodies)[R]>;
}

/**
 * Reads the document of a role, or of a delegation as one of `targets`.
 *
 * @throws TrustFlaw
 */
export function parseRole<R extends BaseRole>(role: R, bytes: Uint8Array, name: string = role): RoleDocument<R> {
  const broken = (problem: string): TrustFlaw =>
    new TrustFlaw(
      'wrong_key',
      `error parsing trust data for ${name}: ${problem}`,
      'Publish the trust data again; the server, or something before it, sends what is none.',
    );
  const envelope = readJson(bytes, broken);
  if (!Value.Check(Envelope, envelope)) throw broken('it is no signed document');
  const { signed } = envelope;
  const schema: TSchema = bodies[role];
  if (!Value.Check(schema, signed)) throw broken(`it is no ${role} document`);
  const body = signed as Static<(typeof bodies)[R]>;
  // Another role's document in this place would have this role's rights.
  if (body._type.toLowerCase() !== role) throw broken(`it says it is ${excerpt(body._type, 40)}`);
  const expires = new Date(
    /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/.test(body.expires) ? body.expires : Number.NaN,
  );
  if (Number.isNaN(expires.getTime())) throw broken('it does not say when it expires');
  const signatures = (envelope.signatures ?? []).map(({ keyid, method, sig }) => ({
    ...{ keyId: keyid, method: method.toLowerCase(), signature: Buffer.from(sig, 'base64') },
  }));
  return { name, bytes, canonical: canonicalOf(signed, broken), signatures, expires, version: body.version, body };
}

/** The member with that name, and nothing that objects have by themselves. */
export function entryNamed<T>(entries: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}

function readJson(bytes: Uint8Array, broken: (problem: string) => TrustFlaw): unknown {
  try {
    return parseStrictJson(bytes, 'the document');
  } catch (error) {
    throw broken(isFault(error) ? error.message : 'it cannot be read');
  }
}

function canonicalOf(signed: unknown, broken: (problem: string) => TrustFlaw): Buffer {
  try {
    return canonicalJson(signed);
  } catch {
    throw broken('it has numbers that are not whole');
  }
}
