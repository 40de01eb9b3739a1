/** Trying a workload against a gate: a demo in dev mode offers it, no other hub does. */
import Type, { type Static } from 'typebox';
import { Nullable } from './primitives.ts';

/** `GET /api/dev/deployments`, dev mode only: what can be tried, and where. */
export const TrialOffer = Type.Object({
  cluster_name: Type.String(),
  /** Namespaces of the caller in that cluster. */
  namespaces: Type.Array(Type.String()),
  examples: Type.Array(Type.Object({ id: Type.String(), manifest: Type.String() })),
});
export type TrialOffer = Static<typeof TrialOffer>;

/** `POST /api/dev/deployments`, dev mode only: one object in YAML or JSON. */
export const TrialRequest = Type.Object({
  namespace: Type.String({ maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' }),
  manifest: Type.String({ minLength: 1, maxLength: 65_536 }),
});
export type TrialRequest = Static<typeof TrialRequest>;

/** What the API server answered. */
export const TrialAnswer = Type.Object({
  allowed: Type.Boolean(),
  kind: Type.String(),
  name: Type.String(),
  /** The sentence of a refusal; empty where it was let in. */
  message: Type.String(),
  warnings: Type.Array(Type.String()),
  /** What the gate changed, as JSON Patch; null where it changed nothing or refused. */
  patch: Nullable(Type.Array(Type.Unknown())),
  /** The object as it would run, as YAML; null where it was refused. */
  result: Nullable(Type.String()),
  duration_ms: Type.Number({ minimum: 0 }),
  /** Id of the request, for the page of its decision; null where no gate was asked. */
  uid: Nullable(Type.String()),
});
export type TrialAnswer = Static<typeof TrialAnswer>;
