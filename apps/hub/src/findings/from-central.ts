import type { CentralImage, CentralInventory, FindingRow } from '@pratique/stackrox';
import type { Finding } from './dictionary.ts';
import type { Inventory, InventoryDeployment, InventoryImage } from './inventory.ts';

/**
 * What runs, told in the source-neutral words of an inventory. An image is its full name as deployed (as Central keeps it, where the
 * container says none) and its digest; where containers of one image disagree about its row, the newest generation counts. Ordered,
 * because Central's rows move whenever they are touched, and another order alone must not look like another inventory.
 */
export function inventoryOfCentral(central: CentralInventory): Inventory {
  const known = new Map(central.images.map((image) => [image.ref, image]));
  const images: InventoryImage[] = [];
  const indexOf = new Map<string, number>();
  const imagesOfDeployment = new Map<string, Set<number>>();
  for (const container of inOrder(central.containers)) {
    const metadata = container.imageRef === null ? undefined : known.get(container.imageRef);
    const { digest, imageRef: ref, generation } = container;
    const identity = { name: container.imageName || (metadata?.fullName ?? ''), digest, ref, generation };
    const key = `${identity.name}\u0000${digest}`;
    const index = indexOf.get(key) ?? images.length;
    indexOf.set(key, index);
    if (index === images.length || (generation ?? 0) > (images[index]!.generation ?? 0)) {
      images[index] = imageOf(identity, metadata);
    }
    const own = imagesOfDeployment.get(container.deploymentId) ?? new Set<number>();
    imagesOfDeployment.set(container.deploymentId, own.add(index));
  }
  return {
    clusters: central.clusters
      .map(({ name, health, lastContact }) => ({ name, health, lastContact }))
      .toSorted((a, b) => byText(a.name, b.name)),
    namespaces: central.namespaces
      .map(({ name, clusterName, annotations }) => ({ namespace: name, cluster: clusterName, annotations }))
      .toSorted((a, b) => byText(a.cluster, b.cluster) || byText(a.namespace, b.namespace)),
    deployments: central.deployments
      .map((deployment) => deploymentOf(deployment, imagesOfDeployment.get(deployment.id)))
      .toSorted((a, b) => byText(a.id, b.id)),
    images,
  };
}

/** By deployment, then by place: grouped first, because comparing long ids pair by pair takes longer than all the rest. */
function* inOrder(containers: CentralInventory['containers']): Generator<CentralInventory['containers'][number]> {
  const groups = new Map<string, CentralInventory['containers'][number][]>();
  for (const container of containers) {
    const group = groups.get(container.deploymentId);
    if (group === undefined) {
      groups.set(container.deploymentId, [container]);
    } else {
      group.push(container);
    }
  }
  for (const id of [...groups.keys()].sort()) {
    yield* groups.get(id)!.sort((a, b) => a.index - b.index);
  }
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function deploymentOf(
  deployment: CentralInventory['deployments'][number],
  images: ReadonlySet<number> | undefined,
): InventoryDeployment {
  const { id, name, type, namespace, clusterName, created, platformComponent } = deployment;
  return {
    id,
    name,
    type,
    namespace,
    cluster: clusterName,
    created,
    platform: platformComponent,
    images: [...(images ?? [])],
  };
}

type Identity = Pick<InventoryImage, 'name' | 'digest' | 'ref' | 'generation'>;

function imageOf(identity: Identity, metadata: CentralImage | undefined): InventoryImage {
  return {
    ...identity,
    registry: metadata?.registry ?? '',
    remote: metadata?.remote ?? '',
    tag: metadata?.tag ?? '',
    os: metadata?.os ?? '',
    user: metadata?.user ?? '',
    created: metadata?.created ?? null,
    scanned: metadata?.scanTime ?? null,
    updated: metadata?.lastUpdated ?? null,
    riskScore: metadata?.riskScore ?? 0,
    topCvss: metadata?.topCvss ?? 0,
    componentCount: metadata?.componentCount ?? 0,
  };
}

/** A row of Central is a finding already; moments before 1970 are not moments of this trade. */
export function findingOfCentral(row: FindingRow): Finding {
  return {
    ...row,
    firstSeen: sinceEpoch(row.firstSeen),
    published: sinceEpoch(row.published),
    fixAvailable: sinceEpoch(row.fixAvailable),
  };
}

const lastWord = 0xffff_ffff;

function sinceEpoch(seconds: number | null): number | null {
  return seconds === null || seconds <= 0 || seconds > lastWord ? null : Math.trunc(seconds);
}
