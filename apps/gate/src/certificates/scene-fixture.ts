/** What the tests in a cluster do again and again: start replicas, wait, look, change something behind their back. */
import { vi } from 'vitest';
import type { FakeApiServer } from '@pratique/testbed/kube';
import { checkServing, fingerprintOf, readCertificates } from '@pratique/tls';
import {
  callersName,
  isSettled,
  ownEntry,
  renderedWebhook,
  secretData,
  startCluster,
  startReplica,
} from './cluster-fixture.ts';
import type { Replica, ReplicaOptions } from './cluster-fixture.ts';

/** A cluster, its replicas, and what is asked of them. */
export interface Scene {
  readonly api: FakeApiServer;
  start(pod: string, options?: ReplicaOptions): Promise<Replica>;
  /** Waits until these replicas serve a trusted certificate and the webhook is on. */
  settled(...replicas: readonly Replica[]): Promise<void>;
  until(holds: () => boolean): Promise<void>;
  /** The own caBundle, decoded. */
  caBundle(): string;
  /** The entry that is not the gate's. */
  otherEntry(): unknown;
  /** Changes `clientConfig` of the own entry as somebody with kubectl would. */
  editEntry(clientConfig: { readonly caBundle: string }): void;
  /** Whether a replica serves what stands in the Secret. */
  serves(replica: Replica): boolean;
  isVouched(replica: Replica): boolean;
  /** Looks all the time; gives every moment at which caBundle did not vouch for what one of them served. */
  watchForRefusal(...replicas: readonly Replica[]): () => readonly string[];
  close(): Promise<void>;
}

/** Opens a scene. */
export async function openScene(): Promise<Scene> {
  const api = await startCluster();
  const replicas: Replica[] = [];
  const ends: (() => void)[] = [];
  const caBundle = () => Buffer.from(ownEntry(api).clientConfig.caBundle ?? '', 'base64').toString('utf8');
  const until = (holds: () => boolean) =>
    vi.waitFor(
      () => {
        // What a failed wait shows is everything the replicas have said.
        if (!holds()) throw new Error(`still waiting: ${JSON.stringify(historyOf(replicas), null, 1)}`);
      },
      { timeout: 20_000, interval: 10 },
    );
  return {
    ...{ api, until, caBundle },
    start: async (pod, options) => {
      const replica = await startReplica(api, pod, options);
      replicas.push(replica);
      return replica;
    },
    settled: (...all) => until(() => all.every(({ certificates }) => isSettled(certificates.facts()))),
    otherEntry: () => entriesOf(api).find(({ name }) => name === 'other.example.com'),
    editEntry: (change) => {
      const webhooks = entriesOf(api).map((entry) =>
        entry.name === callersName ? { ...entry, clientConfig: { ...entry.clientConfig, ...change } } : entry,
      );
      api.put({ ...renderedWebhook(), ...metadataOf(api), webhooks });
    },
    serves: (replica) => {
      const [leaf] = readCertificates(secretData(api, 'connaisseur-tls')['tls.crt'] ?? '', 'Secret');
      return leaf !== undefined && replica.certificates.facts().fingerprint === fingerprintOf(leaf);
    },
    isVouched: (replica) => refusalOf(replica, caBundle()) === undefined,
    watchForRefusal: (...all) => {
      const seen = new Set<string>();
      const look = () => {
        for (const replica of all) seen.add(refusalOf(replica, caBundle()) ?? '');
      };
      const timer = setInterval(look, 1);
      ends.push(() => clearInterval(timer), ...all.map((replica) => replica.certificates.onChange(look)));
      return () => (clearInterval(timer), [...seen].filter((text) => text !== ''));
    },
    close: async () => {
      for (const end of ends) end();
      api.trouble.calm();
      await Promise.all(replicas.map((replica) => replica.stop()));
      await api.close();
    },
  };
}

interface Entry {
  readonly name: string;
  readonly clientConfig: object;
}

function entriesOf(api: FakeApiServer): readonly Entry[] {
  const found = api.get('mutatingwebhookconfigurations', undefined, 'connaisseur-webhook')?.['webhooks'];
  return found as readonly Entry[];
}

function metadataOf(api: FakeApiServer) {
  const found = api.get('mutatingwebhookconfigurations', undefined, 'connaisseur-webhook');
  return found === undefined ? {} : { metadata: found.metadata };
}

function refusalOf({ certificates }: Replica, bundle: string): string | undefined {
  const { cert } = certificates.secureContext();
  const check = checkServing({
    bundle: readCertificates(bundle, 'bundle'),
    chain: readCertificates(String(cert), 'chain'),
    ...{ name: callersName, now: certificates.facts().notBefore + 3_600_000 },
  });
  return check.outcome === 'ok' ? undefined : check.text;
}

function historyOf(replicas: readonly Replica[]): unknown {
  return replicas.map(({ certificates, lines }) => {
    const { problems, source, leading, caBundleInSync, webhookActive, repairs } = certificates.facts();
    return { source, leading, caBundleInSync, webhookActive, repairs, problems, lines: lines.slice(-20) };
  });
}
