/** Why a person sees a CVE, or does not: every term that decides, with its values. */
import Type, { type Static } from 'typebox';
import { Instant, Nullable, Pair, scopeFilter } from './primitives.ts';
import { visibilityTerms } from './words.ts';

/** `GET /api/cves/{cve_id}/visibility`. `user` and `namespaces` are for the security team only. */
export const VisibilityQuery = Type.Object({
  ...scopeFilter,
  user: Type.Optional(Type.String({ maxLength: 255, description: 'id of the user to explain for' })),
  namespaces: Type.Optional(
    Type.String({
      maxLength: 65_536,
      description: 'grammar of X-Forwarded-Namespaces: explain for somebody with exactly these',
    }),
  ),
});
export type VisibilityQuery = Static<typeof VisibilityQuery>;

export const VisibilityTerm = Type.Object({
  term: Type.Enum(visibilityTerms),
  effect: Type.Union([Type.Literal('hides'), Type.Literal('shows'), Type.Literal('informs')]),
  text: Type.String({ description: 'one sentence with the values' }),
  next_step: Nullable(Type.String()),
  values: Type.Record(Type.String(), Type.Unknown()),
});
export type VisibilityTerm = Static<typeof VisibilityTerm>;

export const VisibilityAnswer = Type.Object({
  cve_id: Type.String(),
  visible: Type.Boolean({ description: 'in the list, with no filter but the scope' }),
  for: Type.Object({
    user: Nullable(Type.String()),
    role: Type.String(),
    all_namespaces: Type.Boolean(),
    namespace_count: Type.Integer(),
  }),
  occurs_in: Type.Array(Pair, { description: "pairs of the caller's reach that hold the CVE, at most 100" }),
  terms: Type.Array(VisibilityTerm),
  data_as_of: Nullable(Instant),
});
export type VisibilityAnswer = Static<typeof VisibilityAnswer>;
