/**
 * The schema of the chart's values: `kubernetes` as Connaisseur 3 has it with our additions, `application`, `alerting` and `registries` by the
 * schemas the gate itself reads with. `values.schema.json` of the chart is written from it: `node testbed/src/chart/write-values-schema.ts`.
 */
import Type, { type TSchema } from 'typebox';
import { oldKeys } from '@pratique/gate/convert';
import { AlertingSchema, AuthShorthandSchema, RegistrySchema, RuleSchema, validatorSchemas } from '@pratique/policy';

const closed = { additionalProperties: false } as const;
/** As Kubernetes has it; the API server knows better than any copy of its schema. */
const asInKubernetes = Type.Record(Type.String(), Type.Unknown());
const listAsInKubernetes = Type.Array(asInKubernetes);
const text = Type.String();
const labels = Type.Record(Type.String(), Type.String());
const flag = Type.Boolean();
const optional = (properties: Record<string, TSchema>) =>
  Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, Type.Optional(schema)]));
/** A map that knows all its keys, none of which must be there: what is absent comes from values.yaml. */
const map = (properties: Record<string, TSchema>, options: object = {}) =>
  Type.Object(optional(properties), { ...closed, ...options });
const anyCase = (...words: readonly string[]) =>
  Type.String({
    pattern: `^(${words.map((word) => [...word].map(eitherCase).join('')).join('|')})$`,
    description: `One of ${words.join(', ')}.`,
  });

function eitherCase(letter: string): string {
  const [lower, upper] = [letter.toLowerCase(), letter.toUpperCase()];
  return lower === upper ? letter : `[${lower}${upper}]`;
}

const repository = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:/-]*$',
  description: 'An image without tag and digest.',
});
const tag = Type.Union([Type.String({ pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$' }), Type.Number()]);
const digest = Type.String({ pattern: '^((sha256:)?[0-9a-f]{64})?$', description: 'sha256 of the image, in hex.' });
const image = map({ repository, tag, digest });
const pullPolicy = Type.Enum(['Always', 'IfNotPresent', 'Never']);
const keyPair = map({ cert: text, key: text, ca: text });
const portNumber = Type.Integer({ minimum: 1, maximum: 65_535 });
const count = Type.Union([Type.Integer({ minimum: 0 }), Type.String({ pattern: '^[0-9]{1,3}%$' })]);
const duration = Type.String({ pattern: '^[0-9]+(ms|s|m|h|d)$', description: 'Such as 30s, 15m or 12h.' });
const condition = Type.Object(
  { name: Type.String({ minLength: 1 }), expression: Type.String({ minLength: 1 }) },
  closed,
);

const deployment = map({
  image,
  pullPolicy,
  replicasCount: Type.Integer({ minimum: 1, maximum: 100 }),
  imagePullSecrets: Type.Array(Type.Object({ name: text }, closed)),
  nodeSelector: labels,
  tolerations: listAsInKubernetes,
  resources: asInKubernetes,
  securityContext: asInKubernetes,
  podSecurityContext: asInKubernetes,
  affinity: asInKubernetes,
  tls: keyPair,
  envs: Type.Record(Type.String({ pattern: '^[-._a-zA-Z][-._a-zA-Z0-9]*$' }), Type.Union([text, Type.Number(), flag])),
  podLabels: labels,
  annotations: labels,
});

const webhook = map({
  failurePolicy: Type.Enum(['Fail', 'Ignore']),
  reinvocationPolicy: Type.Enum(['Never', 'IfNeeded']),
  timeoutSeconds: Type.Integer({ minimum: 5, maximum: 30 }),
  matchConditions: Type.Array(condition, { maxItems: 58 }),
  skip: map({ unchangedImages: flag, mirrorPods: flag }),
  exemptPods: Type.Array(
    Type.Object(
      {
        namespace: Type.String({ pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$' }),
        serviceAccount: Type.String({ pattern: '^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$' }),
      },
      closed,
    ),
    { maxItems: 20 },
  ),
  extraRules: listAsInKubernetes,
  validating: map({ enabled: flag }),
  protectNamespaceLabel: map({ enabled: flag, groups: Type.Array(text, { minItems: 1 }) }),
});

const redis = map({
  image,
  pullPolicy,
  resources: asInKubernetes,
  securityContext: asInKubernetes,
  podSecurityContext: asInKubernetes,
  tls: keyPair,
  maxMemory: Type.String({ pattern: '^[0-9]+(k|kb|m|mb|g|gb)?$' }),
  networkPolicy: flag,
  existing: map({ host: Type.String({ pattern: '^[A-Za-z0-9._:-]*$' }), secretName: text }),
});

const serviceMonitor = { enabled: flag, interval: text, scrapeTimeout: text, additionalLabels: labels };

const kubernetes = map({
  deployment,
  service: map({ type: Type.Enum(['ClusterIP', 'NodePort', 'LoadBalancer']), port: portNumber }),
  serviceaccount: map({ annotations: labels }),
  webhook,
  redis,
  additionalLabels: labels,
  podDisruptionBudget: map({ enabled: flag, minAvailable: count, maxUnavailable: count }),
  topologySpreadConstraints: listAsInKubernetes,
  priorityClassName: text,
  metrics: map({ enabled: flag, port: portNumber, serviceMonitor: map(serviceMonitor) }),
  // Where some releases of Connaisseur have it; the metrics need no TLS settings here.
  serviceMonitor: map({ ...serviceMonitor, tlsConfig: asInKubernetes }),
  networkPolicy: map({ enabled: flag, metricsFrom: listAsInKubernetes, egress: listAsInKubernetes }),
});

const features = map({
  automaticUnchangedApproval: flag,
  unchangedMaxAge: duration,
  automaticChildApproval: flag,
  childApproval: map({ requireDecision: flag }),
  detectionMode: flag,
  // null takes the default away: no label leaves a namespace out.
  namespacedValidation: Type.Union([map({ mode: Type.Enum(['ignore', 'validate']) }), Type.Null()]),
  resourceValidationMode: anyCase('all', 'podsOnly'),
  cache: map({
    expirySeconds: Type.Integer(),
    cacheErrors: flag,
    digestSeconds: Type.Integer({ minimum: 0, maximum: 86_400 }),
  }),
  lastGoodGrace: duration,
  imageExtractors: listAsInKubernetes,
  patternMatching: Type.Enum(['anchored', 'legacy']),
  strictConfig: flag,
  excludeOwnNamespace: Type.Enum(['pods', 'namespace', 'none']),
});

/** A validator is checked by the schema of its type alone, so that one mistake gives one message. */
function validator(): object {
  const byType = Object.entries(validatorSchemas).map(([type, schema]) => ({
    if: { properties: { type: { const: type } }, required: ['type'] },
    // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON Schema
    then: withShorthand(schema),
  }));
  return {
    type: 'object',
    required: ['type'],
    properties: { type: { enum: Object.keys(validatorSchemas) } },
    allOf: byType,
  };
}

// Credentials may stand in values: the chart makes Secrets of them.
function withShorthand(schema: TSchema & { readonly properties: object }): object {
  const properties = { ...schema.properties };
  return 'auth' in properties ? { ...schema, properties: { ...properties, auth: AuthShorthandSchema } } : schema;
}

/** The whole schema as JSON; keywords of our own stay in, other readers skip them. */
export function valuesSchema(): object {
  const application = {
    ...map({
      features,
      logLevel: anyCase('debug', 'info', 'warn', 'warning', 'error', 'fatal'),
      logFormat: Type.Enum(['json', 'json-pretty']),
    }),
  };
  const properties = {
    fullnameOverride: Type.String({ pattern: '^([a-z]([-a-z0-9]{0,38}[a-z0-9])?)?$' }),
    allowSystemNamespace: flag,
    kubernetes,
    tls: map({
      mode: Type.Enum(['auto', 'certManager', 'provided']),
      certManager: map({ issuerRef: map({ name: text, kind: text, group: text }) }),
      clientCa: text,
    }),
    application: {
      ...application,
      properties: {
        ...application.properties,
        validators: { type: 'array', items: validator(), minItems: 1 },
        policy: Type.Array(RuleSchema, { minItems: 1 }),
      },
    },
    registries: Type.Array(RegistrySchema, { maxItems: 200 }),
    alerting: { anyOf: [AlertingSchema, Type.Null()] },
    alertTemplates: Type.Record(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' }), Type.String()),
    hub: map({
      url: Type.String({ pattern: '^(https?://[^\\s]+)?$' }),
      clusterName: Type.String({ maxLength: 255 }),
      apiKey: map({ secretName: text, key: Type.String({ pattern: '^[-._a-zA-Z0-9]+$' }) }),
    }),
    global: {},
  };
  // Old layouts pass here, so that the chart can say which command converts them.
  const old = oldKeys.map((key) => [key, { description: 'Of an older layout: pratique gate convert values.yaml.' }]);
  return JSON.parse(
    JSON.stringify({
      $schema: 'http://json-schema.org/draft-07/schema#',
      title: 'Values of the gate',
      type: 'object',
      additionalProperties: false,
      properties: { ...properties, ...Object.fromEntries(old) },
    }),
  ) as object;
}

/** The file, as it is kept. */
export function valuesSchemaText(): string {
  return `${JSON.stringify(valuesSchema(), null, 1)}\n`;
}
