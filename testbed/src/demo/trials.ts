/** Trying a workload on the cluster of the demonstration, in the name of a person who may do so in one namespace. */
import type { Trial, TrialOutcome } from '@pratique/hub';
import { stringify } from 'yaml';
import type { ApiObject, FakeApiServer, TriedObject } from '../kube/kube.ts';

/** What a member of a team may do in their namespace. */
const teamRules = [
  { apiGroups: ['apps'], resources: ['deployments', 'replicasets', 'daemonsets', 'statefulsets'] },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'] },
  { apiGroups: [''], resources: ['pods', 'replicationcontrollers'] },
].map((rule) => ({ ...rule, verbs: ['create', 'update', 'patch', 'get'] }));

/** Applies the manifest as `kubectl apply` would; what is let in stays. */
export async function attemptTrial(
  apiServer: FakeApiServer,
  { namespace, manifest, user }: Trial,
): Promise<TrialOutcome> {
  if (apiServer.get('namespaces', undefined, namespace) === undefined) {
    apiServer.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  }
  const rules = teamRules.map((rule) => ({ ...rule, namespaces: [namespace] }));
  const actor = { name: user, groups: ['system:authenticated'], rules };
  const calledBefore = apiServer.webhookCalls.length;
  const begun = performance.now();
  const trial = await apiServer.tryManifest(manifest, { namespace, actor, dryRun: false });
  if (trial.state === 'unreadable') return { kind: 'unusable', problem: trial.problem };
  const tried = trial.objects.find(({ outcome }) => outcome === 'denied') ?? trial.objects[0];
  if (tried === undefined) return { kind: 'unusable', problem: 'The manifest holds no object.' };
  const uid = uidOf(apiServer.webhookCalls.slice(calledBefore), tried);
  return { kind: 'answered', answer: answerOf(tried, { uid, tookMs: performance.now() - begun }) };
}

/** Controllers make calls meanwhile, too: the one about this very object counts. */
function uidOf(calls: FakeApiServer['webhookCalls'], { kind, namespace, name }: TriedObject): string | null {
  const call = calls.find((one) => one.kind === kind && one.namespace === namespace && one.name === name);
  const uid = call?.request['uid'];
  return typeof uid === 'string' ? uid : null;
}

function answerOf(
  { outcome, kind, name, message, warnings, webhooks, object }: TriedObject,
  { uid, tookMs }: { readonly uid: string | null; readonly tookMs: number },
) {
  const patch = webhooks.flatMap((webhook) => webhook.patch);
  // What a person waits for is the gate; the rest of the way is this demo's own.
  const gateMs = webhooks.reduce((sum, { ms }) => sum + ms, 0);
  return {
    allowed: outcome === 'allowed',
    kind,
    name,
    message: message ?? '',
    warnings: [...warnings],
    patch: patch.length === 0 ? null : patch,
    result: object === undefined ? null : stringify(readable(object)),
    duration_ms: webhooks.length === 0 ? tookMs : gateMs,
    uid,
  };
}

/** Without what only machines read. */
function readable(object: ApiObject): object {
  const { managedFields: _managed, ...metadata } = object.metadata as ApiObject['metadata'] & {
    managedFields?: unknown;
  };
  return { ...object, metadata };
}
