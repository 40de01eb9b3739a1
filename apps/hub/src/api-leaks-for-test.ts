import type { Pair } from '@pratique/hub/contract';
import { asOwner } from './hub-for-test.ts';

/** Names of things that run somewhere. */
export interface Names {
  readonly namespaces: ReadonlySet<string>;
  readonly clusters: ReadonlySet<string>;
  readonly deployments: ReadonlySet<string>;
  readonly images: ReadonlySet<string>;
}

interface Running {
  readonly here: boolean;
  readonly namespace: string;
  readonly cluster: string;
  readonly id: string;
  readonly deployment: string;
  readonly image: string;
  readonly digest: string;
}

async function running(centralUrl: string, pair: Pair): Promise<readonly Running[]> {
  return await asOwner(centralUrl, async (client) => {
    const { rows } = await client.query<Running>(
      `select d.namespace = $1 and d.clustername = $2 as here, d.namespace, d.clustername as cluster, d.id::text, d.name as deployment,
         coalesce(c.image_name_fullname, '') as image, coalesce(c.image_id, '') as digest
       from deployments d left join deployments_containers c on c.deployments_id = d.id`,
      [pair.namespace, pair.cluster_name],
    );
    return rows;
  });
}

function namesOf(rows: readonly Running[]): Names {
  const set = (...of: readonly (keyof Running)[]) =>
    new Set(rows.flatMap((row) => of.map((key) => String(row[key]))).filter((name) => name !== ''));
  return {
    namespaces: set('namespace'),
    clusters: set('cluster'),
    deployments: set('id', 'deployment'),
    images: set('image', 'digest'),
  };
}

/** What runs in a pair. */
export async function ownNames(centralUrl: string, pair: Pair): Promise<Names> {
  return namesOf((await running(centralUrl, pair)).filter(({ here }) => here));
}

/** What runs elsewhere only: names that a member of the pair must never read. */
export async function foreignNames(centralUrl: string, pair: Pair): Promise<Names> {
  const rows = await running(centralUrl, pair);
  const own = namesOf(rows.filter(({ here }) => here));
  const all = namesOf(rows);
  return {
    namespaces: all.namespaces.difference(own.namespaces),
    clusters: all.clusters.difference(own.clusters),
    deployments: all.deployments.difference(own.deployments),
    images: all.images.difference(own.images),
  };
}

/** Package names are words of the world ("redis"), and may be those of a namespace as well. */
const worldly = /component|datasource|operating_system|^os$|summary|tags|references|uri|url/;

/** Every text of an answer that is, or for images contains, one of the names. */
export function leaksIn(answer: unknown, names: Names, key = ''): readonly string[] {
  if (typeof answer === 'string') {
    const exact = [names.namespaces, names.clusters, names.deployments, names.images].some((set) => set.has(answer));
    const within = [...names.images].some((image) => image.length > 12 && answer.includes(image));
    return exact || within ? [`${key}=${answer}`] : [];
  }
  if (Array.isArray(answer)) return answer.flatMap((one) => leaksIn(one, names, key));
  if (typeof answer !== 'object' || answer === null) return [];
  return Object.entries(answer).flatMap(([name, value]) => (worldly.test(name) ? [] : leaksIn(value, names, name)));
}
