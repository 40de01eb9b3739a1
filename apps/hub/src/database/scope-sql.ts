import { sql } from 'kysely';
import type { RawBuilder, SqlBool } from 'kysely';
import type { Reach, ScopeFilter } from '../visibility/reach.ts';

/**
 * The condition that a row with the columns `namespace` and `cluster_name` lies within a reach and passes the narrowing
 * of the request. A reach of no pairs holds for no row.
 *
 * @param table name or alias that the columns belong to
 */
export function withinReach(table: string, reach: Reach, filter: ScopeFilter = {}): RawBuilder<SqlBool> {
  const namespace = sql.ref(`${table}.namespace`);
  const cluster = sql.ref(`${table}.cluster_name`);
  const conditions = [heldBy(reach, namespace, cluster)];
  if (filter.cluster !== undefined) conditions.push(sql`${cluster} = ${filter.cluster}`);
  if (filter.namespace !== undefined) conditions.push(sql`${namespace} = ${filter.namespace}`);
  return sql<SqlBool>`(${sql.join(conditions, sql` and `)})`;
}

function heldBy(reach: Reach, namespace: RawBuilder<unknown>, cluster: RawBuilder<unknown>): RawBuilder<unknown> {
  switch (reach.kind) {
    case 'all':
      return sql`true`;
    case 'clusters':
      return sql`${cluster} = any(${[...reach.clusters]}::text[])`;
    case 'pairs':
      return sql`(${namespace}, ${cluster}) in (select * from unnest(
        ${reach.pairs.map((pair) => pair.namespace)}::text[], ${reach.pairs.map((pair) => pair.cluster_name)}::text[]))`;
  }
}
