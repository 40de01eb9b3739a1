/** Values the chart is rendered with, one per thing that can be chosen. Passwords and keys in them are told by the word SECRET. */

const certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const privateKey = '-----BEGIN PRIVATE KEY-----\nSECRET\n-----END PRIVATE KEY-----\n';
const publicKey = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsx28WV7BsQfnHF1kZmpdCTTLJaWe
d0CA+JOi8H4REuBaWSZ5zPDe468WuOJ6f71E7WFg3CVEVYHuoZt2UYbN/Q==
-----END PUBLIC KEY-----
`;

const statics = [
  { name: 'allow', type: 'static', approve: true },
  { name: 'deny', type: 'static', approve: false },
];
const cosign = { name: 'team', type: 'cosign', trustRoots: [{ name: 'default', key: publicKey }] };
const redisRule = { pattern: 'docker.io/library/redis@sha256:*', validator: 'allow' };
const catchAll = { pattern: '*:*', validator: 'deny' };

/** Every value that Connaisseur 3 documents, each with something else than its default. */
export const everyValue = {
  kubernetes: {
    deployment: {
      image: { repository: 'registry.example.com/gate', tag: 'v9' },
      pullPolicy: 'Always',
      replicasCount: 5,
      imagePullSecrets: [{ name: 'pull' }],
      nodeSelector: { disk: 'fast' },
      tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }],
      resources: { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '1', memory: '512Mi' } },
      securityContext: { runAsUser: 4711 },
      podSecurityContext: { fsGroup: 20_001 },
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
      tls: {},
      envs: { HTTPS_PROXY: 'http://user:SECRET@proxy:8080', VAULT_TOKEN: 'SECRET' },
      podLabels: { team: 'platform', 'app.kubernetes.io/instance': 'mine' },
      annotations: { 'example.com/owner': 'platform' },
    },
    service: { type: 'LoadBalancer', port: 8443 },
    serviceaccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/gate' } },
    webhook: { failurePolicy: 'Ignore', reinvocationPolicy: 'IfNeeded' },
    redis: {
      image: { repository: 'registry.example.com/redis', tag: 7, digest: '' },
      pullPolicy: 'IfNotPresent',
      resources: { limits: { memory: '64Mi' } },
      securityContext: { runAsUser: 1000 },
      podSecurityContext: { fsGroup: 999 },
      tls: {},
    },
    additionalLabels: { 'app.example.com/part': 'admission', 'app.kubernetes.io/name': 'mine' },
    podDisruptionBudget: { maxUnavailable: '25%' },
  },
  application: {
    validators: [...statics, cosign],
    policy: [catchAll, { pattern: 'registry.example.com/*', validator: 'allow' }],
    features: {
      automaticUnchangedApproval: true,
      automaticChildApproval: false,
      detectionMode: true,
      namespacedValidation: { mode: 'validate' },
      resourceValidationMode: 'podsOnly',
      cache: { expirySeconds: 60, cacheErrors: false },
    },
    logLevel: 'debug',
    logFormat: 'json',
  },
  alerting: {
    clusterIdentifier: 'north',
    admitRequest: {
      receivers: [
        {
          template: 'opsgenie',
          receiverUrl: 'https://alerts.example.com/SECRET',
          priority: 0,
          customHeaders: ['Authorization: SECRET'],
        },
      ],
    },
    rejectRequest: {
      receivers: [
        {
          template: 'mine',
          receiverUrl: 'https://alerts.example.com/SECRET',
          payloadFields: { token: 'SECRET' },
          failIfAlertSendingFails: true,
        },
      ],
    },
  },
  alertTemplates: { mine: '{"text": "{{ alert_message }}"}' },
};

/** What a file copied from Connaisseur 3 looks like: its own image, no Redis digest, signed library images. */
export const copiedValues = {
  kubernetes: {
    deployment: {
      image: { repository: 'docker.io/securesystemsengineering/connaisseur' },
      replicasCount: 3,
      tls: {},
      envs: {},
    },
    redis: { image: { repository: 'redis', tag: 7 }, pullPolicy: 'Always', tls: {} },
    podDisruptionBudget: {},
  },
  application: {
    validators: [...statics, { name: 'hub', type: 'notaryv1', trustRoots: [{ name: 'default', key: publicKey }] }],
    policy: [
      catchAll,
      { pattern: 'docker.io/library/*:*', validator: 'hub' },
      { pattern: 'registry.k8s.io/*:*', validator: 'allow' },
    ],
    logLevel: 'info',
  },
};

export const cases = {
  usual: {},
  everyValue,
  copiedValues,
  alone: {
    kubernetes: { deployment: { replicasCount: 1 } },
    application: { features: { cache: { expirySeconds: 0 } } },
  },
  redisElsewhere: { kubernetes: { redis: { existing: { host: 'valkey.cache.svc', secretName: 'valkey-login' } } } },
  redisByTag: {
    kubernetes: { redis: { image: { digest: '' } } },
    application: { validators: statics, policy: [catchAll, { pattern: 'redis:7', validator: 'allow' }] },
  },
  ownCertificate: {
    kubernetes: {
      deployment: { tls: { cert: certificate, key: privateKey } },
      redis: { tls: { cert: certificate, key: privateKey } },
    },
  },
  providedCertificate: { tls: { mode: 'provided' } },
  certManager: {
    tls: { mode: 'certManager', certManager: { issuerRef: { name: 'internal', kind: 'ClusterIssuer' } } },
  },
  credentials: {
    application: {
      validators: [
        ...statics,
        { ...cosign, auth: { username: 'robot', password: 'SECRET', registry: 'registry.example.com' } },
        { ...cosign, name: 'pull', auth: { secretName: 'registry.pull' } },
        { ...cosign, name: 'pull_twice', auth: { secretName: 'registry.pull' } },
        {
          name: 'Old_Notary',
          type: 'notaryv1',
          trustRoots: [{ name: 'default', key: publicKey }],
          auth: { username: 'a', password: 'SECRET' },
        },
      ],
      policy: [catchAll, redisRule],
    },
    registries: [{ host: 'registry.lan:5000', ca: certificate, clientCert: { cert: certificate, key: privateKey } }],
    alerting: {
      rejectRequest: {
        receivers: [{ template: 'slack', receiverUrlFrom: { secretKeyRef: { name: 'slack-hook', key: 'url' } } }],
      },
    },
    tls: { clientCa: certificate },
  },
  digest: { kubernetes: { deployment: { image: { digest: `sha256:${'a'.repeat(64)}` } } } },
  renamed: { fullnameOverride: 'gate' },
  everything: {
    kubernetes: {
      webhook: {
        timeoutSeconds: 10,
        matchConditions: [{ name: 'mine', expression: 'true' }],
        exemptPods: [{ namespace: 'kube-system', serviceAccount: 'coredns' }],
        extraRules: [
          { apiGroups: ['example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['things'] },
        ],
        validating: { enabled: true },
        protectNamespaceLabel: { enabled: true },
      },
      metrics: { serviceMonitor: { enabled: true, additionalLabels: { release: 'prometheus' } } },
      networkPolicy: { enabled: true, metricsFrom: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }] },
      priorityClassName: 'system-cluster-critical',
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule' }],
    },
    application: {
      features: {
        automaticUnchangedApproval: true,
        unchangedMaxAge: '12h',
        childApproval: { requireDecision: false },
        patternMatching: 'legacy',
        strictConfig: true,
        lastGoodGrace: '1h',
        imageExtractors: [{ group: 'example.com', kind: 'Thing', podSpecs: ['$.spec'] }],
        cache: { digestSeconds: 60 },
        excludeOwnNamespace: 'namespace',
      },
    },
    hub: { url: 'https://hub.example.com', clusterName: 'north', apiKey: { secretName: 'hub-key' } },
  },
  nothingExempt: {
    application: {
      validators: statics,
      policy: [
        catchAll,
        redisRule,
        { pattern: 'x/*', match: { namespaceSelector: { matchLabels: { team: 'x' } } }, validator: 'allow' },
      ],
      features: { excludeOwnNamespace: 'none', namespacedValidation: null },
    },
    kubernetes: {
      metrics: { enabled: false },
      podDisruptionBudget: { enabled: false },
      webhook: { skip: { mirrorPods: false } },
    },
  },
} as const;
