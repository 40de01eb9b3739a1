import type { ClientBase } from 'pg';
import type { Inventory } from './inventory.ts';

/** What a new scan changed in one image, as CVE ids. */
export interface ImageChange {
  readonly ref: string;
  readonly appeared: readonly string[];
  readonly gone: readonly string[];
}

/** The CVEs, by their ids, that two scans of one image do not share; null when they share all. */
export function compareScans(
  ref: string,
  { before, after }: { readonly before: ReadonlySet<string>; readonly after: ReadonlySet<string> },
): ImageChange | null {
  const appeared = [...after].filter((cve) => !before.has(cve));
  const gone = [...before].filter((cve) => !after.has(cve));
  return appeared.length === 0 && gone.length === 0 ? null : { ref, appeared, gone };
}

/** Remembers what scans changed. A CVE that appears where it was gone before is one that returned. */
export async function recordImageChanges(
  client: ClientBase,
  { source, at, changes }: { readonly source: string; readonly at: Date; readonly changes: readonly ImageChange[] },
): Promise<void> {
  for (const change of changes) {
    await client.query(
      `insert into image_history (source, ref, at, appeared, gone, returned)
       select $1, $2, $3, $4::text[], $5::text[], coalesce(array(
         select distinct cve from unnest($4::text[]) cve
         where exists (select 1 from image_history h where h.source = $1 and h.ref = $2 and cve = any (h.gone))), '{}')`,
      [source, change.ref, at, change.appeared, change.gone],
    );
  }
}

/** An image that runs in a namespace: cluster, namespace, segment key. */
export type Workload = readonly [cluster: string, namespace: string, ref: string];

/** Everything that runs, by a key of its own. */
export function workloadsOf(inventory: Inventory): ReadonlyMap<string, Workload> {
  const present = new Map<string, Workload>();
  for (const { cluster, namespace, images } of inventory.deployments) {
    for (const index of images) {
      const ref = inventory.images[index]?.ref ?? null;
      if (ref !== null) {
        present.set(`${cluster}\u0000${namespace}\u0000${ref}`, [cluster, namespace, ref]);
      }
    }
  }
  return present;
}

/** What is to be noted: what runs now, and what ran when it was noted last (null: look it up). */
export interface WorkloadNote {
  readonly source: string;
  readonly at: Date;
  readonly present: ReadonlyMap<string, Workload>;
  readonly before: ReadonlyMap<string, Workload> | null;
}

/** Opens an entry for every image that began to run in a namespace and closes those of images that ceased to. */
export async function recordWorkloads(client: ClientBase, note: WorkloadNote): Promise<void> {
  if (note.before === null) {
    await recordAllWorkloads(client, note);
    return;
  }
  const { source, at, present, before } = note;
  const begun = [...present].filter(([key]) => !before.has(key)).map(([, workload]) => workload);
  const ceased = [...before].filter(([key]) => !present.has(key)).map(([, workload]) => workload);
  if (ceased.length > 0) {
    await client.query(
      `update workload_history h set gone_at = $5
       from unnest($2::text[], $3::text[], $4::text[]) n(cluster_name, namespace, ref)
       where h.source = $1 and h.gone_at is null and n.cluster_name = h.cluster_name and n.namespace = h.namespace and n.ref = h.ref`,
      [source, ...columnsOf(ceased), at],
    );
  }
  if (begun.length > 0) {
    await openWorkloads(client, { source, at }, begun);
  }
}

async function recordAllWorkloads(client: ClientBase, { source, at, present }: WorkloadNote): Promise<void> {
  const workloads = [...present.values()];
  // The planner takes an array for a hundred rows; a nested loop over tens of thousands would take a quarter of a minute.
  await client.query('set local enable_nestloop = off');
  await client.query(
    `update workload_history h set gone_at = $5
     where h.source = $1 and h.gone_at is null and not exists (
       select 1 from unnest($2::text[], $3::text[], $4::text[]) n(cluster_name, namespace, ref)
       where n.cluster_name = h.cluster_name and n.namespace = h.namespace and n.ref = h.ref)`,
    [source, ...columnsOf(workloads), at],
  );
  await openWorkloads(client, { source, at }, workloads);
  await client.query('set local enable_nestloop = on');
}

async function openWorkloads(
  client: ClientBase,
  { source, at }: Pick<WorkloadNote, 'source' | 'at'>,
  workloads: readonly Workload[],
): Promise<void> {
  await client.query(
    `insert into workload_history (source, cluster_name, namespace, ref, appeared_at)
     select $1, n.cluster_name, n.namespace, n.ref, $5 from unnest($2::text[], $3::text[], $4::text[]) n(cluster_name, namespace, ref)
     on conflict (source, cluster_name, namespace, ref) where gone_at is null do nothing`,
    [source, ...columnsOf(workloads), at],
  );
}

function columnsOf(workloads: readonly Workload[]): string[][] {
  return [0, 1, 2].map((column) => workloads.map((workload) => workload[column]!));
}
