/** Reviews as an API server sends them: a pod of ordinary size, with what controllers and the server have put into it. */

/** The body of a review of a pod with these images. */
export function reviewBody(uid: string, images: readonly string[]): Buffer {
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const resource = { group: '', version: 'v1', resource: 'pods' };
  const request = {
    ...{ uid, kind, resource, requestKind: kind, requestResource: resource },
    ...{ name: 'web-5d4f8c7b9-x7k2p', namespace: 'shop', operation: 'CREATE' },
    userInfo: {
      username: 'system:serviceaccount:kube-system:replicaset-controller',
      uid: '0b7a3c1e-5f0e-4b21-9c55-0d8f0c6f3a11',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
    },
    object: podWith(images),
    oldObject: null,
    dryRun: false,
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
  };
  return Buffer.from(JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request }));
}

function podWith(images: readonly string[]): object {
  const labels = { app: 'web', 'pod-template-hash': '5d4f8c7b9', 'app.kubernetes.io/part-of': 'shop', tier: 'front' };
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      ...{ name: 'web-5d4f8c7b9-x7k2p', generateName: 'web-5d4f8c7b9-', namespace: 'shop', labels },
      uid: 'b6d1a0a4-9f2f-4f57-8a21-7c8c2c8f6b0e',
      creationTimestamp: '2026-01-02T03:04:05Z',
      annotations: { 'prometheus.io/scrape': 'true', 'kubectl.kubernetes.io/restartedAt': '2026-01-02T03:04:05Z' },
      managedFields: [
        { manager: 'kube-controller-manager', operation: 'Update', apiVersion: 'v1', fieldsV1: managed(images) },
      ],
    },
    spec: {
      containers: images.map(containerOf),
      volumes: [{ name: 'kube-api-access', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }],
      ...{ restartPolicy: 'Always', serviceAccountName: 'web', schedulerName: 'default-scheduler' },
      tolerations: ['not-ready', 'unreachable'].map((key) => ({
        ...{ key: `node.kubernetes.io/${key}`, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      })),
    },
    status: {},
  };
}

function containerOf(image: string, at: number): object {
  return {
    ...{ name: `c${at}`, image, imagePullPolicy: 'IfNotPresent', terminationMessagePath: '/dev/termination-log' },
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    env: Array.from({ length: 12 }, (_, no) => ({ name: `SETTING_${no}`, value: `value of setting number ${no}` })),
    resources: { limits: { cpu: '500m', memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
    volumeMounts: [
      { name: 'kube-api-access', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
    ],
    livenessProbe: { httpGet: { path: '/health', port: 8080, scheme: 'HTTP' }, timeoutSeconds: 1, periodSeconds: 10 },
    securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
  };
}

function managed(images: readonly string[]): object {
  const fields = ['f:image', 'f:imagePullPolicy', 'f:name', 'f:ports', 'f:resources', 'f:env', 'f:securityContext'];
  const containers = images.map((_, at) => [
    `k:{"name":"c${at}"}`,
    Object.fromEntries(['.', ...fields].map((field) => [field, {}])),
  ]);
  return {
    'f:metadata': { 'f:labels': { '.': {} } },
    'f:spec': { 'f:containers': Object.fromEntries(containers) as object },
  };
}
