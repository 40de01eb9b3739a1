import type { Pool, QueryResultRow } from 'pg';

/** A statement the server plans once per connection and then only runs. */
export interface PreparedStatement {
  /** Names one text, for ever: another text needs another name. */
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * Runs a statement that requests ask again and again; planning it would take longer than running it.
 *
 * @throws the driver's error
 */
export async function queryPrepared<Row extends QueryResultRow>(
  pool: Pool,
  { name, text, values }: PreparedStatement,
): Promise<readonly Row[]> {
  const { rows } = await pool.query<Row>({ name, text, values: [...values] });
  return rows;
}
