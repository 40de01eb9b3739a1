import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { Pair } from '@pratique/hub/contract';
import type { AcceptanceTarget } from '../visibility/workflow.ts';

const Target = Type.Object({
  namespace: Type.String(),
  cluster_name: Type.String(),
  image_name: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  deployment_id: Type.Optional(Type.Union([Type.String(), Type.Null()])),
});
const StoredScope = Type.Object({
  mode: Type.Union([Type.Literal('all'), Type.Literal('namespace'), Type.Literal('image'), Type.Literal('deployment')]),
  targets: Type.Array(Target),
});
type StoredScope = Static<typeof StoredScope>;
const Pairs = Type.Array(Pair);

/** What a stored scope means. */
export interface Scope {
  readonly mode: StoredScope['mode'];
  readonly targets: readonly AcceptanceTarget[];
}

/**
 * Reads the scope column of a risk acceptance. Rows of old versions may hold any shape, which means "all". Where the
 * pairs of its owner are kept, "all" means these: it must not speak for other teams.
 *
 * @param ownerPairs the column `owner_pairs`; null where "all" was said by somebody who sees all
 */
export function readAcceptanceScope(stored: unknown, ownerPairs: unknown): Scope {
  const scope = readScope(stored) ?? { mode: 'all', targets: [] };
  if (scope.mode !== 'all' || ownerPairs === null || ownerPairs === undefined) return scope;
  return { mode: 'namespace', targets: Value.Check(Pairs, ownerPairs) ? ownerPairs : [] };
}

/**
 * Reads the scope column of a suppression rule, which hides: a shape nobody understands therefore covers nothing.
 */
export function readSuppressionScope(stored: unknown): {
  readonly mode: 'all' | 'namespace';
  readonly targets: readonly Pair[];
} {
  const scope = readScope(stored);
  if (scope?.mode === 'all') return { mode: 'all', targets: [] };
  return { mode: 'namespace', targets: scope?.mode === 'namespace' ? scope.targets : [] };
}

function readScope(stored: unknown): Scope | null {
  if (!Value.Check(StoredScope, stored)) return null;
  return {
    mode: stored.mode,
    targets: stored.targets.map(
      ({ namespace, cluster_name: clusterName, image_name: image, deployment_id: deployment }) => ({
        namespace,
        cluster_name: clusterName,
        ...(typeof image === 'string' ? { image_name: image } : {}),
        ...(typeof deployment === 'string' ? { deployment_id: deployment } : {}),
      }),
    ),
  };
}
