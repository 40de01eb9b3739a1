/** Does what was planned: each action is one write, which fails as a conflict when the object changed meanwhile. */
import { createAuthority, fingerprintOf, issueLeaf, mergeBundles, parseBundle, readCertificates } from '@pratique/tls';
import type { Bundle, KeyPair, Making } from '@pratique/tls';
import type { CertificateAction, EntryChange } from './actions.ts';
import { issuedAnnotation } from './annotations.ts';
import type { ClusterObjects, ClusterPatch, ClusterRef, Written } from './cluster.ts';
import type { CertificateState, SecretReading } from './state.ts';

/** What writing needs. */
export interface Execution extends Making {
  readonly cluster: ClusterObjects;
  readonly refs: { readonly secret: ClusterRef; readonly authority: ClusterRef; readonly configMap: ClusterRef };
  readonly state: CertificateState;
}

/** What was written where. */
export interface Done {
  readonly ref: ClusterRef;
  readonly written: Written;
}

/** Does one action. Faults of the cluster are thrown. */
export async function execute(action: CertificateAction, execution: Execution): Promise<Done> {
  const { cluster, refs, state } = execution;
  switch (action.act) {
    case 'create-authority':
      return put(execution, refs.authority, {
        reading: state.authority,
        ...(await newAuthority(action.keep, execution)),
      });
    case 'keep-authorities':
      return put(execution, refs.authority, { reading: state.authority, authorities: action.authorities });
    case 'issue-leaf':
      return put(execution, refs.secret, { reading: state.secret, ...(await newLeaf(action.authorities, execution)) });
    case 'set-secret-authorities':
      return put(execution, refs.secret, { reading: state.secret, authorities: action.authorities });
    case 'publish':
      return publish(execution, action.authorities);
    case 'set-webhook':
      return { ref: action.ref, written: await setWebhook(action, execution) };
    case 'forget-reports': {
      const gone = Object.fromEntries(action.annotations.map((annotation) => [annotation, null]));
      return { ref: refs.configMap, written: await cluster.annotate(refs.configMap, gone) };
    }
  }
}

interface SecretContent {
  readonly reading: SecretReading;
  /** Absent: what is there stays. */
  readonly pair?: KeyPair;
  readonly authorities: Bundle;
}

async function newAuthority(
  keep: Bundle | undefined,
  { state, now, random }: Execution,
): Promise<Omit<SecretContent, 'reading'>> {
  const pair = await createAuthority({ name: state.callersName, now, random });
  const own = parseBundle(pair.certificate, 'new authority');
  return { pair, authorities: keep === undefined ? own : mergeBundles(own, keep) };
}

async function newLeaf(
  authorities: Bundle,
  { state, now, random }: Execution,
): Promise<Omit<SecretContent, 'reading'>> {
  if (state.authority.state !== 'usable') throw new Error('a leaf was planned without an authority to sign it');
  const pair = await issueLeaf({ authority: state.authority.pair, names: state.names, now, random });
  return { pair, authorities };
}

async function put(
  { cluster }: Execution,
  ref: ClusterRef,
  { reading, pair, authorities }: SecretContent,
): Promise<Done> {
  const before = 'object' in reading ? reading.object : undefined;
  const pairData = pair && { 'tls.crt': base64(pair.certificate), 'tls.key': base64(pair.key) };
  const fingerprint = pair && fingerprintOfFirst(pair.certificate);
  const data = { ...asRecord(before?.['data']), ...pairData, 'ca.crt': base64(authorities.pem) };
  const annotations = { ...before?.metadata.annotations, ...(fingerprint && { [issuedAnnotation]: fingerprint }) };
  if (before === undefined) {
    const metadata = { name: ref.name, annotations, labels };
    const object = { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata, data };
    return { ref, written: await cluster.create(ref, object) };
  }
  const object = { ...before, metadata: { ...before.metadata, annotations }, data };
  return { ref, written: await cluster.replace(ref, object) };
}

async function publish({ cluster, refs, state }: Execution, authorities: Bundle): Promise<Done> {
  const ref = refs.configMap;
  const data = { 'ca.crt': authorities.pem };
  if (state.published.state !== 'there') {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: ref.name, labels }, data };
    return { ref, written: await cluster.create(ref, object) };
  }
  const before = state.published.object;
  // Only the content is named: replicas write their reports into the same object at any time.
  const operations: readonly ClusterPatch[] = [
    { op: 'add', path: '/data', value: { ...asRecord(before['data']), ...data } },
  ];
  return { ref, written: await cluster.patch(ref, operations) };
}

async function setWebhook(
  { ref, entries }: Extract<CertificateAction, { act: 'set-webhook' }>,
  { cluster, state }: Execution,
): Promise<Written> {
  const reading = state.webhooks.find((webhook) => webhook.ref === ref);
  if (reading?.state !== 'there') return { outcome: 'conflict' };
  const version: ClusterPatch = {
    ...{ op: 'test', path: '/metadata/resourceVersion' },
    value: reading.object.metadata.resourceVersion,
  };
  return cluster.patch(ref, [version, ...entries.flatMap(changesOf)]);
}

/** An entry is changed where it stands, and only if it is still the one that was meant. */
function changesOf({ index, name, authorities, rules }: EntryChange): readonly ClusterPatch[] {
  const at = `/webhooks/${index}`;
  return [
    { op: 'test', path: `${at}/name`, value: name },
    ...(authorities === undefined
      ? []
      : [{ op: 'add', path: `${at}/clientConfig/caBundle`, value: base64(authorities.pem) } as const]),
    ...(rules === undefined ? [] : [{ op: 'add', path: `${at}/rules`, value: rules } as const]),
  ];
}

const labels = { 'app.kubernetes.io/managed-by': 'pratique-gate' };

function fingerprintOfFirst(pem: string): string | undefined {
  const [first] = readCertificates(pem, 'new certificate');
  return first && fingerprintOf(first);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
