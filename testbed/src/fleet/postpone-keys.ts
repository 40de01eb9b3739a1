import type { Client } from 'pg';

/** The tables whose keys and indexes are made after loading; sorting once is far cheaper than keeping order. */
const heavyTables = ['image_cves_v2', 'image_component_v2'];

/** Drops keys and indexes of the heavy tables and returns what makes them again, in an order that works. */
export async function postponeKeys(connection: Client): Promise<readonly string[]> {
  const { rows: constraints } = await connection.query<{ owner: string; name: string; definition: string }>(
    `SELECT conrelid::regclass::text AS owner, conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
     WHERE conrelid = ANY ($1::regclass[]) ORDER BY contype = 'f', conrelid::regclass::text DESC, conname`,
    [heavyTables],
  );
  const { rows: indexes } = await connection.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
     WHERE indrelid = ANY ($1::regclass[]) AND NOT indisprimary ORDER BY 1`,
    [heavyTables],
  );
  const name = (text: string): string => connection.escapeIdentifier(text);
  for (const constraint of constraints.toReversed()) {
    await connection.query(`ALTER TABLE ${constraint.owner} DROP CONSTRAINT ${name(constraint.name)}`);
  }
  for (const index of indexes) {
    await connection.query(`DROP INDEX ${index.name}`);
  }
  return [
    ...indexes.map((index) => index.definition),
    ...constraints.map(
      ({ owner, name: constraint, definition }) =>
        `ALTER TABLE ${owner} ADD CONSTRAINT ${name(constraint)} ${definition}`,
    ),
  ];
}
