/** The way to the API server. Without one the gate judges nevertheless: it passes nothing for its parents' sake then. */
import { connectCluster } from '@pratique/kube';
import type { Cluster } from '@pratique/kube';
import type { Health } from '@pratique/runtime/health';
import type { Part } from '@pratique/runtime/serve';
import type { GateOptions, GateSurroundings } from './options.ts';
import type { GateProblem } from './problems.ts';

/** The cluster, or undefined where there is none to be asked. */
export async function openCluster(parts: {
  readonly options: GateOptions;
  readonly surroundings: GateSurroundings;
  readonly health: Health<GateProblem>;
  readonly opened: Part[];
}): Promise<Cluster | undefined> {
  const { options, surroundings, health, opened } = parts;
  if (options.standalone) return undefined;
  if (surroundings.cluster !== undefined) return surroundings.cluster;
  try {
    const { host, port } = options.apiServer ?? {};
    const config = { kind: 'in-cluster', host, port } as const;
    const cluster = await connectCluster({ config, now: () => new Date(), random: Math.random });
    opened.push({ name: 'cluster', stop: () => cluster.close() });
    return cluster;
  } catch (error) {
    health.set('gate-cluster-away');
    surroundings.log.warn({ err: error }, 'there is no cluster to ask; with --standalone none is expected');
    return undefined;
  }
}
