/** Which resource a kind is, as the API server says: never guessed from the word (admission ADM-11 c). */
import Type from 'typebox';
import { Value } from 'typebox/value';
import type { Transport } from './connection/transport.ts';
import { kubeFault } from './errors.ts';
import { discoveryMs, missingKindMs } from './limits.ts';
import { ask } from './requests.ts';
import { groupPath } from './resource.ts';
import type { KubeResource } from './resource.ts';

const ResourceList = Type.Object({
  resources: Type.Array(Type.Object({ name: Type.String(), kind: Type.String(), namespaced: Type.Boolean() }), {
    maxItems: 10_000,
  }),
});

interface Known {
  readonly at: number;
  readonly kinds: ReadonlyMap<string, KubeResource>;
}

/** How many API groups are remembered; owner references of strangers name the group. */
const rememberedGroups = 200;

/** Finds resources by kind. Answers are kept; what is asked at the same time is asked once. */
export class Discovery {
  readonly #transport: Transport;
  readonly #now: () => Date;
  readonly #known = new Map<string, Known>();
  readonly #loading = new Map<string, Promise<Known>>();

  constructor(transport: Transport, now: () => Date) {
    this.#transport = transport;
    this.#now = now;
  }

  /**
   * The resource of a kind, or undefined where the cluster knows no such kind.
   *
   * @param apiVersion `v1`, `apps/v1`
   * @throws the faults of the API: not having been able to look is not the same as there being none
   */
  async find(apiVersion: string, kind: string): Promise<KubeResource | undefined> {
    const kept = this.#known.get(apiVersion);
    const age = kept === undefined ? Infinity : this.#now().getTime() - kept.at;
    const found = kept?.kinds.get(kind);
    if (age < (found === undefined ? missingKindMs : discoveryMs)) return found;
    return (await this.#load(apiVersion)).kinds.get(kind);
  }

  #load(apiVersion: string): Promise<Known> {
    const running = this.#loading.get(apiVersion);
    if (running !== undefined) return running;
    const loading = this.#read(apiVersion)
      .then((known) => {
        if (this.#known.size >= rememberedGroups) this.#known.clear();
        this.#known.set(apiVersion, known);
        return known;
      })
      .finally(() => this.#loading.delete(apiVersion));
    this.#loading.set(apiVersion, loading);
    return loading;
  }

  async #read(apiVersion: string): Promise<Known> {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/', 2) : ['', apiVersion];
    const resource = { group: group ?? '', version: version ?? '', plural: 'resources', kind: '', namespaced: false };
    const answer = await ask(this.#transport, {
      method: 'GET',
      path: groupPath(resource.group, resource.version),
      asked: { verb: 'get', resource, place: {} },
    });
    const at = this.#now().getTime();
    if (answer === undefined) return { at, kinds: new Map() };
    if (!Value.Check(ResourceList, answer)) throw invalid(apiVersion);
    const whole = answer.resources.filter(({ name }) => !name.includes('/'));
    const kinds = whole.map(({ name, kind, namespaced }): [string, KubeResource] => [
      kind,
      { group: resource.group, version: resource.version, plural: name, kind, namespaced },
    ]);
    return { at, kinds: new Map(kinds) };
  }
}

function invalid(apiVersion: string): Error {
  return kubeFault({
    code: 'api-answer-invalid',
    message: `The API server answered for the kinds of ${apiVersion} with something that is not a list of them.`,
    hint: 'Check that the address is that of a Kubernetes API server and not of a proxy in front of it.',
  });
}
