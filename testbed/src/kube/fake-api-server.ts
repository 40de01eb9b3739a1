/**
 * A Kubernetes API server for tests and the demo: real HTTPS, real kubectl, real webhooks; objects live in memory and
 * workloads run in name only.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Access, administrator, serviceAccount } from './access.ts';
import type { AccessRule, Actor } from './access.ts';
import type { WebhookCall } from './admission/admission.ts';
import { WebhookCaller } from './admission/call.ts';
import type { Endpoint, Resolve } from './admission/call.ts';
import { servingCertificate } from './certificates.ts';
import type { ServingCertificate } from './certificates.ts';
import { Controllers } from './controllers.ts';
import { answerRequest } from './http.ts';
import { builtInKinds } from './kinds.ts';
import type { Kind } from './kinds.ts';
import { withDefaults } from './objects-checked.ts';
import { ObjectStore } from './object-store.ts';
import type { ApiObject } from './object-store.ts';
import { Rest } from './rest.ts';
import { tryManifest } from './trial.ts';
import type { Trial, TrialOptions } from './trial.ts';
import { Trouble } from './trouble.ts';

/** How the server is set up. */
export interface FakeApiOptions {
  /** Where Services really lead, by `namespace/name`; may be changed later with `route`. */
  readonly endpoints?: Readonly<Record<string, Endpoint>>;
  /** Besides `default` and `kube-system`, with their labels. */
  readonly namespaces?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** There from the beginning, without admission. */
  readonly objects?: readonly ApiObject[];
  /** Kinds of the test's own, from `customKind`. */
  readonly kinds?: readonly Kind[];
  /** Whether Deployments get ReplicaSets and pods; true where absent. */
  readonly controllers?: boolean;
  /** Whether a pod comes up; all do where absent. */
  readonly podStarts?: (pod: ApiObject) => boolean;
  readonly now?: () => Date;
}

/** A running server. */
export interface FakeApiServer extends AsyncDisposable {
  /** `https://127.0.0.1:port` */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Of the server's certificate, PEM. */
  readonly ca: string;
  /** Of the administrator. */
  readonly token: string;
  /** `METHOD path?query` of every request so far. */
  readonly asked: readonly string[];
  /** Every call of a webhook so far. */
  readonly webhookCalls: readonly WebhookCall[];
  readonly trouble: Trouble;
  /** A token for somebody with these rules. */
  tokenFor(name: string, rules: readonly AccessRule[]): string;
  /** A token for the account of a pod; it may do what Role objects of the cluster say. */
  serviceAccountToken(namespace: string, name: string): string;
  /** A kubeconfig for a token, the administrator's where absent. */
  kubeconfig(token?: string): string;
  /** What a kubelet mounts into a pod: `token`, `ca.crt`, `namespace`. Removed when the server ends. */
  serviceAccountFolder(namespace: string, name: string): Promise<string>;
  /** Makes a token worthless. */
  revoke(token: string): void;
  /** Says where a Service really leads; undefined: nowhere. */
  route(service: string, endpoint: Endpoint | undefined): void;
  /** Adds or replaces an object without access or admission; its kind is read from it. */
  put(object: ApiObject): ApiObject;
  /** @param plural `secrets` */
  get(plural: string, namespace: string | undefined, name: string): ApiObject | undefined;
  list(plural: string, namespace?: string): readonly ApiObject[];
  /** Without access or admission. */
  remove(plural: string, namespace: string | undefined, name: string): void;
  /** What a pod has printed; `previous` of the container before. */
  setLog(pod: string, text: string, previous?: boolean): void;
  /** Every version given out so far is too old from now on. */
  forgetHistory(): void;
  /** Ends when the controllers have nothing left to do. */
  settled(): Promise<void>;
  /** Lets controllers try again what admission refused. */
  retry(): Promise<void>;
  /** Takes a manifest past access and webhooks as `kubectl apply` would; a dry run unless told otherwise. */
  tryManifest(text: string, options?: TrialOptions): Promise<Trial>;
  close(): Promise<void>;
}

/** Starts a server on a free port of the loopback address. */
export async function startFakeApiServer(options: FakeApiOptions = {}): Promise<FakeApiServer> {
  const now = options.now ?? (() => new Date());
  const names = ['kubernetes.default.svc', 'kubernetes', 'localhost', '127.0.0.1'];
  const serving = await servingCertificate(names, new Date());
  const cluster = new FakeCluster(options, now);
  const server = createServer({ cert: serving.certificate, key: serving.key }, (incoming, response) => {
    void answerRequest(cluster, incoming, response);
  });
  server.on('connection', (socket) => cluster.trouble.connected(socket));
  // Clients that do not trust the certificate end the handshake; that is theirs to tell.
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', done);
  });
  const { port } = server.address() as AddressInfo;
  return cluster.facade({
    serving,
    port,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  });
}

interface Running {
  readonly serving: ServingCertificate;
  readonly port: number;
  readonly stop: () => Promise<void>;
}

class FakeCluster {
  readonly kinds: readonly Kind[];
  readonly store: ObjectStore;
  readonly access: Access;
  readonly rest: Rest;
  readonly trouble = new Trouble();
  readonly tokens = new Map<string, Actor>();
  readonly asked: string[] = [];
  readonly logs = new Map<string, string>();
  readonly now: () => Date;
  readonly #calls: WebhookCall[] = [];
  readonly #routes: Map<string, Endpoint>;
  readonly #caller: WebhookCaller;
  readonly #controllers: Controllers;
  readonly #folders: string[] = [];

  constructor(options: FakeApiOptions, now: () => Date) {
    this.now = now;
    this.kinds = [...builtInKinds, ...(options.kinds ?? [])];
    this.store = new ObjectStore(now);
    this.#routes = new Map(Object.entries(options.endpoints ?? {}));
    this.#caller = new WebhookCaller(this.#resolve, now);
    const kindOf = this.#kindOf;
    this.access = new Access(this.store, kindOf);
    const watched = { called: (call: WebhookCall) => this.#remember(call) };
    this.rest = new Rest({ store: this.store, kindOf, caller: this.#caller, ...watched }, this.access);
    const podStarts = options.podStarts ?? (() => true);
    this.#controllers = new Controllers({
      store: this.store,
      rest: this.rest,
      kindOf,
      now,
      podStarts,
      routes: this.#routes,
    });
    this.#fill(options);
    if (options.controllers !== false) this.store.subscribe(() => this.#controllers.poke());
    if (options.controllers !== false) this.#controllers.poke();
  }

  facade({ serving, port, stop }: Running): FakeApiServer {
    const url = `https://127.0.0.1:${port}`;
    const token = this.#grant(administrator);
    const close = async (): Promise<void> => {
      await stop();
      this.#caller.close();
      await Promise.all(this.#folders.map((folder) => rm(folder, { recursive: true, force: true })));
    };
    return {
      ...{ url, host: '127.0.0.1', port, ca: serving.ca, token },
      ...{ asked: this.asked, webhookCalls: this.#calls, trouble: this.trouble },
      tokenFor: (name, rules) => this.#grant({ name, groups: ['system:authenticated'], rules }),
      serviceAccountToken: (namespace, name) => this.#grant(serviceAccount(namespace, name)),
      kubeconfig: (other = token) => kubeconfig({ url, ca: serving.ca, token: other }),
      serviceAccountFolder: (namespace, name) => this.#mount(serving.ca, namespace, name),
      revoke: (old) => void this.tokens.delete(old),
      route: (service, endpoint) => this.#route(service, endpoint),
      put: (object) => this.#put(object),
      get: (plural, namespace, name) => this.store.get(this.#kindOf(plural), namespace, name),
      list: (plural, namespace) => this.store.list(this.#kindOf(plural), namespace),
      remove: (plural, namespace, name) => this.#remove(plural, namespace, name),
      setLog: (pod, text, previous = false) => void this.logs.set(`${pod}${previous ? '/previous' : ''}`, text),
      forgetHistory: () => this.store.forget(),
      settled: () => this.#controllers.settled(),
      retry: () => (this.#controllers.poke(), this.#controllers.settled()),
      tryManifest: (text, options) => tryManifest(this, text, options),
      close,
      [Symbol.asyncDispose]: close,
    };
  }

  readonly #kindOf = (plural: string): Kind => {
    const kind = this.kinds.find((one) => one.plural === plural);
    if (kind === undefined) throw new TypeError(`the test cluster knows no ${plural}`);
    return kind;
  };

  readonly #resolve: Resolve = ({ namespace, name }) => {
    const service = this.store.get(this.#kindOf('services'), namespace, name);
    const endpoint = this.#routes.get(`${namespace}/${name}`);
    if (endpoint !== undefined) return endpoint;
    return service === undefined ? `service "${name}" not found` : `no endpoints available for service "${name}"`;
  };

  /** A demo runs for days. */
  #remember(call: WebhookCall): void {
    this.#calls.push(call);
    if (this.#calls.length > 2_000) this.#calls.splice(0, 1_000);
  }

  #fill({ namespaces, objects }: FakeApiOptions): void {
    const all: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      default: {},
      'kube-system': {},
      ...namespaces,
    };
    for (const [name, labels] of Object.entries(all))
      this.#put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
    for (const object of objects ?? []) this.#put(object);
  }

  #put(given: ApiObject): ApiObject {
    const kind = this.kinds.find((one) => one.kind === given.kind);
    if (kind === undefined) throw new TypeError(`the test cluster knows no kind ${given.kind}`);
    const object = withDefaults(kind, given);
    const { namespace, name = '' } = object.metadata;
    const old = this.store.get(kind, namespace, name);
    return old === undefined ? this.store.add(kind, object) : this.store.replace(kind, old, object);
  }

  #remove(plural: string, namespace: string | undefined, name: string): void {
    const old = this.store.get(this.#kindOf(plural), namespace, name);
    if (old !== undefined) this.store.remove(this.#kindOf(plural), old);
  }

  #route(service: string, endpoint: Endpoint | undefined): void {
    if (endpoint === undefined) this.#routes.delete(service);
    else this.#routes.set(service, endpoint);
    this.#controllers.poke();
  }

  #grant(actor: Actor): string {
    // Of the length real ones have, and without meaning.
    const token = randomBytes(48).toString('base64url');
    this.tokens.set(token, actor);
    return token;
  }

  async #mount(ca: string, namespace: string, name: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'pratique-account-'));
    this.#folders.push(folder);
    const token = this.#grant(serviceAccount(namespace, name));
    await Promise.all(
      Object.entries({ token, namespace, 'ca.crt': ca }).map(([file, text]) => writeFile(join(folder, file), text)),
    );
    return folder;
  }
}

function kubeconfig({ url, ca, token }: { readonly url: string; readonly ca: string; readonly token: string }): string {
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'testbed' },
    clusters: [
      { name: 'testbed', cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    users: [{ name: 'testbed', user: { token } }],
    contexts: [{ name: 'testbed', context: { cluster: 'testbed', user: 'testbed' } }],
  });
}
