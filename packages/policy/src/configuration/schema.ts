/**
 * The shape of the configuration (1.4 to 1.6; 1.7 is in `alerting-schema.ts`). One source: documents are read by these schemas, and the chart checks its values
 * with the same, as JSON Schema. What a shape cannot say (names that must exist, keys that exclude one another) is beside the
 * code that builds each part.
 *
 * Own keywords, which other readers of JSON Schema skip: `x-missing` gives the words for a required key that is absent,
 * `x-elsewhere` says what to do about keys that belong to another place, `x-restricts` marks keys that make a rule stricter or narrower, so that an empty value is never taken for "none".
 */
import Type from 'typebox';
import type { Static, TObjectOptions } from 'typebox';

const closed = { additionalProperties: false } as const;
const restricts = { 'x-restricts': true } as const;

// A PEM file of all public authorities takes about 220 KiB.
const Pem = Type.String({ minLength: 1, maxLength: 256 * 1024, writeOnly: true });
const Name = Type.String({ minLength: 1, maxLength: 253 });
const Expression = Type.String({ minLength: 1, maxLength: 1024 });
const Duration = Type.String({ minLength: 2, maxLength: 20, description: 'Such as 30s, 15m, 12h or 7d.' });
const Names = Type.Array(Name, { minItems: 1, maxItems: 100, ...restricts });
const Url = Type.String({ minLength: 1, maxLength: 2048 });
const Texts = (options: TObjectOptions) => Type.Record(Type.String(), Type.String({ maxLength: 4096 }), options);

/** Names as Kubernetes has them, so that none can leave its folder (CFG-1). */
export const SecretName = Type.String({
  minLength: 1,
  maxLength: 253,
  pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
  description: 'Name of a Secret.',
});

const shorthand = 'Only values of the chart have this: put it into a Secret and name that with secretName.';

/** `auth` of a validator, as the gate reads it. */
export const AuthSchema = Type.Object(
  {
    secretName: Type.Optional(SecretName),
    useKeychain: Type.Optional(Type.Boolean()),
    usePullSecrets: Type.Optional(Type.Boolean()),
  },
  { ...closed, 'x-elsewhere': { username: shorthand, password: shorthand, registry: shorthand } },
);

/** The same with the shorthand that the chart turns into a Secret (1.5). */
export const AuthShorthandSchema = Type.Object(
  {
    ...AuthSchema.properties,
    username: Type.Optional(Type.String({ maxLength: 1024, writeOnly: true })),
    password: Type.Optional(Type.String({ maxLength: 4096, writeOnly: true })),
    registry: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
  },
  closed,
);

/** `keyless` of a trust root. */
export const KeylessSchema = Type.Object(
  {
    issuer: Type.Optional(Expression),
    issuerRegex: Type.Optional(Expression),
    subject: Type.Optional(Expression),
    subjectRegex: Type.Optional(Expression),
    regexMode: Type.Optional(Type.Enum(['anchored', 'search'])),
  },
  closed,
);

/** One entry of `trustRoots` (1.5). */
export const TrustRootSchema = Type.Object(
  {
    name: Name,
    key: Type.Optional(Pem),
    cert: Type.Optional(Pem),
    tsCert: Type.Optional(Pem),
    keyless: Type.Optional(KeylessSchema),
  },
  { ...closed, 'x-missing': { name: 'trust root is missing a name' } },
);

/** `host` of a cosign validator. */
export const SigstoreHostSchema = Type.Object(
  {
    rekor: Type.Optional(Url),
    rekorPubkey: Type.Optional(Pem),
    fulcioCert: Type.Optional(Pem),
    ctLogPubkey: Type.Optional(Pem),
    tsaCert: Type.Optional(Pem),
    trustedRoot: Type.Optional(
      Type.Union([Type.String({ minLength: 1, maxLength: 1024 * 1024 }), Type.Record(Type.String(), Type.Unknown())], {
        description: 'trusted_root.json, written out or as the path of a file.',
      }),
    ),
  },
  closed,
);

const missing = { 'x-missing': { name: 'validator is missing a name', type: 'validator is missing a type' } };
const trustRoots = Type.Array(TrustRootSchema, { maxItems: 200 });

export const StaticValidatorSchema = Type.Object(
  { name: Name, type: Type.Literal('static'), approve: Type.Optional(Type.Boolean()) },
  { ...closed, ...missing },
);
export const CosignValidatorSchema = Type.Object(
  {
    name: Name,
    type: Type.Literal('cosign'),
    host: Type.Optional(SigstoreHostSchema),
    trustRoots: Type.Optional(trustRoots),
    auth: Type.Optional(AuthSchema),
    cert: Type.Optional(Pem),
  },
  { ...closed, ...missing },
);
export const NotaryV1ValidatorSchema = Type.Object(
  {
    name: Name,
    type: Type.Literal('notaryv1'),
    host: Type.Optional(Url),
    trustRoots: Type.Optional(trustRoots),
    auth: Type.Optional(AuthSchema),
    cert: Type.Optional(Pem),
  },
  { ...closed, ...missing },
);
export const NotationValidatorSchema = Type.Object(
  {
    name: Name,
    type: Type.Literal('notation'),
    trustRoots: Type.Optional(trustRoots),
    auth: Type.Optional(AuthSchema),
    cert: Type.Optional(Pem),
  },
  { ...closed, ...missing },
);

/** One schema per type of validator; a validator is read by the one of its type, so that mistakes are named exactly. */
export const validatorSchemas = {
  static: StaticValidatorSchema,
  cosign: CosignValidatorSchema,
  notaryv1: NotaryV1ValidatorSchema,
  notation: NotationValidatorSchema,
} as const;

/** `namespaceSelector` of `match`, as `metav1.LabelSelector`. */
export const LabelSelectorSchema = Type.Object(
  {
    matchLabels: Type.Optional(Texts({ minProperties: 1, ...restricts })),
    matchExpressions: Type.Optional(
      Type.Array(
        Type.Object(
          {
            key: Type.String({ minLength: 1, maxLength: 317 }),
            operator: Type.Enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
            values: Type.Optional(Type.Array(Type.String({ maxLength: 63 }), { maxItems: 100 })),
          },
          closed,
        ),
        { minItems: 1, maxItems: 50, ...restricts },
      ),
    ),
  },
  { ...closed, ...restricts },
);

/** `match` of a rule. */
export const MatchSchema = Type.Object(
  {
    namespaces: Type.Optional(
      Type.Array(
        Type.String({
          minLength: 1,
          maxLength: 63,
          pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
          description: 'Name of a namespace.',
        }),
        { minItems: 1, maxItems: 1000, ...restricts },
      ),
    ),
    namespaceSelector: Type.Optional(LabelSelectorSchema),
  },
  { ...closed, ...restricts },
);

/** One entry of `with.attestations`. */
export const AttestationSchema = Type.Object(
  {
    predicateType: Type.String({ minLength: 1, maxLength: 512 }),
    trustRoot: Type.Optional(Name),
    maxAge: Type.Optional(Duration),
    conditions: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), { minItems: 1, maxItems: 50, ...restricts }),
    ),
  },
  closed,
);

/** `with` of a rule (1.6). */
export const RuleOptionsSchema = Type.Object(
  {
    trustRoot: Type.Optional(Name),
    threshold: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000 })),
    required: Type.Optional(Names),
    verifyInTransparencyLog: Type.Optional(Type.Boolean()),
    verifySCT: Type.Optional(Type.Boolean()),
    delegations: Type.Optional(Names),
    mode: Type.Optional(Type.Enum(['mutate', 'insecureValidateOnly'])),
    verificationLevel: Type.Optional(Type.Enum(['strict', 'permissive', 'audit'])),
    verifyTimestamp: Type.Optional(Type.Enum(['always', 'afterCertExpiry'])),
    signatureFormat: Type.Optional(Type.Enum(['auto', 'legacy', 'bundle'])),
    annotations: Type.Optional(Texts({ minProperties: 1, ...restricts })),
    attestations: Type.Optional(Type.Array(AttestationSchema, { minItems: 1, maxItems: 20, ...restricts })),
    requireDigest: Type.Optional(Type.Boolean()),
    signatureRepository: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
    useSignedTimestamps: Type.Optional(Type.Boolean()),
    requireRepositoryMatch: Type.Optional(Type.Boolean()),
    requireTagMatch: Type.Optional(Type.Boolean()),
    offline: Type.Optional(Type.Boolean()),
    platformSignatures: Type.Optional(Type.Enum(['all', 'node'])),
    strictTuf: Type.Optional(Type.Boolean()),
  },
  closed,
);

/** One entry of `policy` (1.6). */
export const RuleSchema = Type.Object(
  {
    pattern: Type.String({ minLength: 1, maxLength: 1024 }),
    validator: Type.Optional(Name),
    match: Type.Optional(MatchSchema),
    action: Type.Optional(Type.Enum(['enforce', 'warn'])),
    with: Type.Optional(RuleOptionsSchema),
  },
  { ...closed, 'x-missing': { pattern: 'rule is missing a pattern' } },
);

const Mirror = Type.Object(
  {
    host: Type.String({ minLength: 1, maxLength: 260 }),
    prefix: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    use: Type.Optional(Type.Enum(['digests', 'all'])),
  },
  closed,
);

/** One entry of `registries` (REG-6). */
export const RegistrySchema = Type.Object(
  {
    host: Type.String({ minLength: 1, maxLength: 260 }),
    ca: Type.Optional(Pem),
    clientCert: Type.Optional(Type.Object({ cert: Pem, key: Pem }, closed)),
    serverName: Type.Optional(Type.String({ minLength: 1, maxLength: 253 })),
    plainHttp: Type.Optional(Type.Boolean()),
    allowCredentialsOverHttp: Type.Optional(Type.Boolean()),
    insecureSkipVerify: Type.Optional(Type.Boolean()),
    allowInsecure: Type.Optional(Type.Boolean()),
    mirror: Type.Optional(
      Type.Union([
        Type.String({ minLength: 1, maxLength: 512 }),
        Mirror,
        Type.Array(Mirror, { minItems: 1, maxItems: 10 }),
      ]),
    ),
    rateLimit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: 'Requests per second.' })),
    timeout: Type.Optional(Duration),
  },
  closed,
);

/** The whole of `config.yaml`. */
export const ConfigurationSchema = Type.Object(
  {
    validators: Type.Array(Type.Union(Object.values(validatorSchemas)), { minItems: 1 }),
    policy: Type.Array(RuleSchema, { minItems: 1 }),
    registries: Type.Optional(Type.Array(RegistrySchema, { maxItems: 200 })),
  },
  closed,
);

export type Auth = Static<typeof AuthSchema>;
export type Keyless = Static<typeof KeylessSchema>;
export type TrustRootText = Static<typeof TrustRootSchema>;
export type SigstoreHost = Static<typeof SigstoreHostSchema>;
export type MatchText = Static<typeof MatchSchema>;
export type RuleOptionsText = Static<typeof RuleOptionsSchema>;
export type RuleText = Static<typeof RuleSchema>;
export type RegistryText = Static<typeof RegistrySchema>;
