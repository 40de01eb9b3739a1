/** Shapes that every domain of the contract is made of. */
import Type, { type Static, type TSchema } from 'typebox';

/** UTC instant, ISO 8601 with `Z`. */
export const Instant = Type.String({ format: 'date-time', description: 'UTC instant, ISO 8601 with Z' });

/** Calendar day, `YYYY-MM-DD`, UTC. */
export const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'UTC day' });

/** A value that may be absent. `null`, never missing, so that clients need one test only. */
export function Nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

/** 0 unknown, 1 low, 2 moderate, 3 important, 4 critical. */
export const Severity = Type.Integer({ minimum: 0, maximum: 4, description: '0 unknown … 4 critical' });

/** A namespace of one cluster: the unit of every scope. Compared exactly, case-sensitively. */
export const Pair = Type.Object({
  namespace: Type.String(),
  cluster_name: Type.String(),
});
export type Pair = Static<typeof Pair>;

/** The optional narrowing that most questions accept. It never widens what a caller may see. */
export const scopeFilter = {
  cluster: Type.Optional(Type.String({ maxLength: 255 })),
  namespace: Type.Optional(Type.String({ maxLength: 255 })),
};
export const ScopeQuery = Type.Object(scopeFilter);
export type ScopeQuery = Static<typeof ScopeQuery>;

/** 1-based page of at most 200. */
export const paging = {
  page: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1 }),
  page_size: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
};

/** The envelope of every paginated list. `total` counts after all filters. */
export function Page<T extends TSchema>(item: T) {
  return Type.Object({
    items: Type.Array(item),
    total: Type.Integer(),
    page: Type.Integer(),
    page_size: Type.Integer(),
    data_as_of: Type.Optional(Nullable(Instant)),
  });
}
