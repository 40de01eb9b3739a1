/**
 * Every setting of the gate, declared once. Names and the way wrong values are taken are Connaisseur's where it has them: a wrong
 * flag falls back to its default with a warning, so that a typing error does not take admission away (1.2).
 */
import {
  declare,
  duration,
  integer,
  oneOf,
  optional,
  port,
  readConfig,
  secret,
  text,
  url,
} from '@pratique/runtime/config';
import type { ConfigOf, Environment, Mistake } from '@pratique/runtime/config';
import { logLevels } from '@pratique/runtime/log';
import { certificateModes } from './certificates/certificates.ts';
import { extractors } from './configuration/extractors.ts';
import { flag, forgiving, Unusable } from './configuration/forgiving.ts';
import type { GateOptions } from './options.ts';

/** The declared table. */
export const gateSettings = declare({
  automaticChildApproval: {
    variable: 'AUTOMATIC_CHILD_APPROVAL',
    type: forgiving(flag()),
    default: true,
    doc: 'Whether an image is passed that its controlling parent names word for word.',
  },
  childApprovalRequireDecision: {
    variable: 'CHILD_APPROVAL_REQUIRE_DECISION',
    type: forgiving(flag()),
    default: true,
    doc: 'Whether that needs a recorded accept of the image under the same rule too; without it parents nobody ever verified are believed.',
  },
  automaticUnchangedApproval: {
    variable: 'AUTOMATIC_UNCHANGED_APPROVAL',
    type: forgiving(flag()),
    default: false,
    doc: 'Whether an update passes images that the old object names word for word.',
  },
  unchangedMaxAge: {
    variable: 'UNCHANGED_MAX_AGE',
    type: optional(duration()),
    doc: 'That needs a recorded accept no older than this too; not set: none is needed. Accepts are recorded for a day.',
  },
  detectionMode: {
    variable: 'DETECTION_MODE',
    type: forgiving(flag()),
    default: false,
    doc: 'Admit everything, and say in warnings what would be denied.',
  },
  resourceValidationMode: {
    variable: 'RESOURCE_VALIDATION_MODE',
    type: forgiving(oneOf(['all', 'podsOnly'])),
    default: 'all' as const,
    doc: 'With `podsOnly` other kinds are judged and admitted nevertheless, and no child is approved by its parent.',
  },
  patternMatching: {
    variable: 'PATTERN_MATCHING',
    type: optional(oneOf(['anchored', 'legacy'])),
    doc: 'How patterns of rules match: whole names (not set means that), or anywhere in them as Connaisseur does.',
  },
  strictConfig: {
    variable: 'STRICT_CONFIG',
    type: optional(flag()),
    doc: 'Whether equal patterns and options without effect are errors; not set: warnings.',
  },
  canonicalDockerHost: {
    variable: 'CANONICAL_DOCKER_HOST',
    type: oneOf(['index.docker.io', 'docker.io']),
    default: 'index.docker.io' as const,
    doc: 'How Docker Hub is written into workloads.',
  },
  imageExtractors: {
    variable: 'IMAGE_EXTRACTORS',
    type: extractors(),
    default: [],
    doc: 'Where custom resources name images, as a JSON list of `{"group", "kind", "podSpecs": ["$.spec.template.spec"], "images": ["$.spec.steps[*].image"]}`.',
  },
  cacheExpirySeconds: {
    variable: 'CACHE_EXPIRY_SECONDS',
    type: forgiving(integer()),
    default: 30,
    doc: 'How long verdicts are kept; 0 or less: not at all.',
  },
  cacheErrors: {
    variable: 'CACHE_ERRORS',
    type: forgiving(flag()),
    default: true,
    doc: 'Whether refusals are kept too. Outages never are.',
  },
  cacheDigestSeconds: {
    variable: 'CACHE_DIGEST_SECONDS',
    type: forgiving(integer({ min: 0, max: 86_400 })),
    default: 600,
    doc: 'How long an accepted digest stays accepted when a tag leads to it again.',
  },
  lastGoodGrace: {
    variable: 'LAST_GOOD_GRACE',
    type: duration({ max: 30 * 86_400_000 }),
    default: 0,
    doc: 'How long an accepted image stays accepted while its registry is away; the answer says so in a warning. 0: not at all.',
  },
  redisHost: {
    variable: 'REDIS_HOST',
    type: optional(text({ pattern: /[A-Za-z0-9._:[\]-]{1,260}/, allowed: 'a host, or host:port' })),
    doc: 'Cache shared by replicas, spoken to by TLS on port 6379; not set: each process remembers for itself.',
  },
  redisPassword: { variable: 'REDIS_PASSWORD', type: optional(secret()), doc: 'Password of the cache.' },
  cacheSealKey: {
    variable: 'CACHE_SEAL_KEY',
    type: optional(secret({ minLength: 32 })),
    doc: 'Key of the seal around what is kept in the cache, the same on all replicas; not set: made from the password.',
  },
  logLevel: {
    variable: 'LOG_LEVEL',
    type: forgiving(oneOf([...logLevels, 'warning', 'critical'])),
    default: 'info' as const,
    doc: 'The least severe entries that are logged.',
  },
  logFormat: {
    variable: 'LOG_FORMAT',
    type: forgiving(oneOf(['json', 'json-pretty', 'pretty'])),
    default: 'json-pretty' as const,
    doc: 'One JSON object per line, the same indented, or lines for people.',
  },
  podName: {
    variable: 'POD_NAME',
    type: text(),
    default: '',
    doc: 'Name of this pod, for alerts, reports and leases.',
  },
  namespace: {
    variable: 'POD_NAMESPACE',
    type: text({ minLength: 1 }),
    default: 'connaisseur',
    doc: 'Namespace of the gate, where its Secrets are.',
  },
  objectPrefix: {
    variable: 'OBJECT_PREFIX',
    type: text({
      pattern: /[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?/,
      allowed: 'a name of Kubernetes objects, at most 42 characters',
    }),
    default: 'connaisseur',
    doc: "What the names of the gate's objects begin with: Service `…-svc`, Secret `…-tls`, webhook `…-webhook`.",
  },
  tlsMode: {
    variable: 'TLS_MODE',
    type: oneOf(certificateModes),
    default: 'auto' as const,
    doc: 'Who makes the certificate: the gate, cert-manager, or you.',
  },
  clientAuthorities: {
    variable: 'TLS_CLIENT_CA',
    type: optional(text({ minLength: 1 })),
    doc: 'Authorities in PEM; given, only callers with a certificate by one of them may ask for reviews. Probes need none.',
  },
  host: { variable: 'HOST', type: text({ minLength: 1 }), default: '0.0.0.0', doc: 'Address to listen on.' },
  port: { variable: 'PORT', type: port(), default: 5000, doc: 'Port of the webhook; 0 takes any free one.' },
  metricsPort: {
    variable: 'METRICS_PORT',
    type: port(),
    default: 9090,
    doc: 'Port of `/metrics` in plain HTTP; 0 takes any free one. They are on the port of the webhook as well.',
  },
  configFolder: {
    variable: 'CONFIG_DIR',
    type: text({ minLength: 1 }),
    default: '/app/config',
    doc: 'Folder of `config.yaml`: validators and policy; watched.',
  },
  alertsFolder: {
    variable: 'ALERTS_DIR',
    type: text({ minLength: 1 }),
    default: '/app/alerts',
    doc: 'Folder of the alerting document `config.yaml` and of `templates/`; watched.',
  },
  secretsFolder: {
    variable: 'SECRETS_DIR',
    type: text({ minLength: 1 }),
    default: '/app/secrets',
    doc: 'Folder with a folder per Secret that validators name.',
  },
  certsFolder: {
    variable: 'CERTS_DIR',
    type: text({ minLength: 1 }),
    default: '/app/certs',
    doc: 'Folder of `tls.crt` and `tls.key`; watched.',
  },
  redisCertsFolder: {
    variable: 'REDIS_CERTS_DIR',
    type: text({ minLength: 1 }),
    default: '/app/redis-certs',
    doc: 'Folder of `tls.crt`: the authority of the cache.',
  },
  standalone: {
    variable: 'STANDALONE',
    type: flag(),
    default: false,
    doc: 'Run without a cluster: no parents, no labels of namespaces, a certificate from the folder or made in memory.',
  },
  drainDelay: {
    variable: 'DRAIN_DELAY',
    type: duration({ max: 60_000 }),
    default: 5_000,
    doc: 'How long reviews are still taken after SIGTERM, until every API server has learned that this pod goes.',
  },
  drainTime: {
    variable: 'DRAIN_TIME',
    type: duration({ max: 120_000 }),
    default: 30_000,
    doc: 'How long running reviews get after that.',
  },
  terminationLog: {
    variable: 'TERMINATION_LOG',
    type: text({ minLength: 1 }),
    default: '/dev/termination-log',
    doc: 'File for one line on why the start failed, where it exists; Kubernetes shows it with the pod.',
  },
  httpProxy: { variable: 'HTTP_PROXY', type: optional(text()), doc: 'Proxy for http.', secret: true },
  httpsProxy: { variable: 'HTTPS_PROXY', type: optional(text()), doc: 'Proxy for https.', secret: true },
  noProxy: {
    variable: 'NO_PROXY',
    type: optional(text()),
    doc: 'Hosts, suffixes and ports that are reached directly.',
  },
  hubUrl: {
    variable: 'PRATIQUE_HUB_URL',
    type: optional(url()),
    doc: 'Base address of the hub that decisions are reported to; not set: they are not reported.',
  },
  hubApiKey: {
    variable: 'PRATIQUE_HUB_API_KEY',
    type: optional(secret()),
    doc: 'Key of this cluster at the hub. A file named by PRATIQUE_HUB_API_KEY_FILE is read again for every report.',
  },
  clusterName: {
    variable: 'PRATIQUE_CLUSTER_NAME',
    type: text({ maxLength: 255 }),
    default: '',
    doc: 'Name of this cluster as StackRox knows it; needed for reports.',
  },
});

type Values = ConfigOf<typeof gateSettings>;

/** What the command needs besides the options of the start. */
export interface GateConfig {
  readonly options: GateOptions;
  readonly logLevel: string;
  readonly logFormat: 'json' | 'json-pretty' | 'pretty';
  readonly terminationLog: string;
  /** How long stopping may take. */
  readonly stopMs: number;
  /** Settings that were wrong and for which the default is used. */
  readonly warnings: readonly string[];
}

/**
 * Reads the settings.
 *
 * @throws Fault `config-invalid` with every mistake at once; wrong flags are only warned about
 */
export function readGateConfig(environment: Environment, options: { readonly envFile?: string } = {}): GateConfig {
  const values = readConfig(gateSettings, environment, { ...options, check: rules });
  const warnings: string[] = [];
  const use = <T>(value: T | Unusable, fallback: T, variable: string): T => {
    if (!(value instanceof Unusable)) return value;
    warnings.push(`${variable}: ${value.why}; allowed: ${value.allowed}; using ${String(fallback)}`);
    return fallback;
  };
  const isPodsOnly = use(values.resourceValidationMode, 'all', 'RESOURCE_VALIDATION_MODE') === 'podsOnly';
  const isChildApproval = use(values.automaticChildApproval, true, 'AUTOMATIC_CHILD_APPROVAL');
  if (isPodsOnly && isChildApproval) {
    warnings.push('AUTOMATIC_CHILD_APPROVAL is off: with RESOURCE_VALIDATION_MODE=podsOnly nothing would be verified');
  }
  return {
    options: {
      ...placesOf(values),
      ...surroundedBy(values, environment),
      features: {
        automaticChildApproval: isChildApproval,
        childApprovalRequiresDecision: use(
          values.childApprovalRequireDecision,
          true,
          'CHILD_APPROVAL_REQUIRE_DECISION',
        ),
        automaticUnchangedApproval: use(values.automaticUnchangedApproval, false, 'AUTOMATIC_UNCHANGED_APPROVAL'),
        unchangedMaxAgeMs: values.unchangedMaxAge,
        detectionMode: use(values.detectionMode, false, 'DETECTION_MODE'),
        podsOnly: isPodsOnly,
      },
      times: {
        expirySeconds: use(values.cacheExpirySeconds, 30, 'CACHE_EXPIRY_SECONDS'),
        cacheErrors: use(values.cacheErrors, true, 'CACHE_ERRORS'),
        digestSeconds: use(values.cacheDigestSeconds, 600, 'CACHE_DIGEST_SECONDS'),
        graceSeconds: values.lastGoodGrace / 1000,
      },
    },
    logLevel: use(values.logLevel, 'info', 'LOG_LEVEL'),
    logFormat: use(values.logFormat, 'json-pretty', 'LOG_FORMAT'),
    terminationLog: values.terminationLog,
    // Leases, reports and the cache let go within seconds.
    stopMs: values.drainDelay + values.drainTime + 5_000,
    warnings,
  };
}

function placesOf(values: Values): Omit<GateOptions, 'features' | 'times' | keyof ReturnType<typeof surroundedBy>> {
  const { redisHost } = values;
  return {
    host: values.host,
    port: values.port,
    metricsPort: values.metricsPort,
    configFolder: values.configFolder,
    alertsFolder: values.alertsFolder,
    secretsFolder: values.secretsFolder,
    certsFolder: values.certsFolder,
    standalone: values.standalone,
    podName: values.podName,
    namespace: values.namespace,
    objectPrefix: values.objectPrefix,
    tlsMode: values.tlsMode,
    clientAuthorities: values.clientAuthorities,
    patternMatching: values.patternMatching,
    strictConfig: values.strictConfig,
    canonicalDockerHost: values.canonicalDockerHost,
    extractors: values.imageExtractors,
    drainDelayMs: values.drainDelay,
    drainMs: values.drainTime,
    proxy: { httpProxy: values.httpProxy, httpsProxy: values.httpsProxy, noProxy: values.noProxy },
    redis:
      redisHost === undefined
        ? undefined
        : {
            ...hostAndPort(redisHost),
            password: values.redisPassword,
            sealKey: values.cacheSealKey,
            certsFolder: values.redisCertsFolder,
          },
    watchMs: 1_000,
  };
}

/** What comes from variables that others own. */
function surroundedBy(
  { hubUrl, hubApiKey, clusterName }: Values,
  environment: Environment,
): Pick<GateOptions, 'apiServer' | 'hub' | 'environment'> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: apiPort } = environment;
  const apiKeyFile = environment['PRATIQUE_HUB_API_KEY_FILE'];
  return {
    apiServer: host === undefined || apiPort === undefined ? undefined : { host, port: apiPort },
    hub: hubUrl === undefined ? undefined : { url: hubUrl, apiKey: hubApiKey ?? '', apiKeyFile, clusterName },
    environment,
  };
}

function hostAndPort(text: string): { readonly host: string; readonly port?: number } {
  const [, host = text, digits] = /^(?:\[?([^\]]+?)\]?):(\d{1,5})$/.exec(text) ?? [];
  return digits === undefined ? { host } : { host, port: Number(digits) };
}

function rules({ hubUrl, hubApiKey, clusterName }: Values): readonly Mistake[] {
  if (hubUrl === undefined) return [];
  const mistakes: Mistake[] = [];
  if (hubApiKey === undefined)
    mistakes.push({ variable: 'PRATIQUE_HUB_API_KEY', why: 'must be set to report to a hub' });
  if (clusterName === '') mistakes.push({ variable: 'PRATIQUE_CLUSTER_NAME', why: 'must be set to report to a hub' });
  return mistakes;
}
