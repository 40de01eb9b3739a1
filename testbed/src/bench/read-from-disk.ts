import type { Client } from 'pg';

/**
 * Reads every large table and index of a database once, in the order of the disk, so that neither side of a comparison
 * waits for it. Statements by index over a cold disk of nine gigabytes took longer than everything that is to be measured.
 *
 * @param central as superuser, connected to the database
 */
export async function readFromDisk(central: Client): Promise<void> {
  const { rows } = await central.query<{ path: string; offset: string }>(
    `SELECT pg_relation_filepath(c.oid) || CASE segment WHEN 0 THEN '' ELSE '.' || segment END AS path, piece AS offset
       FROM pg_class c,
            generate_series(0, pg_relation_size(c.oid) / $1::bigint) AS segment,
            generate_series(0, least(pg_relation_size(c.oid) - segment * $1::bigint, $1::bigint - 1), $2::bigint) AS piece
      WHERE c.relkind IN ('r', 'i', 't') AND c.relpages > 1000
      ORDER BY 1, 2`,
    [segmentBytes, pieceBytes],
  );
  for (const { path, offset } of rows) {
    await central.query('SELECT length(pg_read_binary_file($1, $2::bigint, $3::bigint, true))', [
      path,
      offset,
      pieceBytes,
    ]);
  }
}

/** PostgreSQL keeps a large relation in files of this size. */
const segmentBytes = 2 ** 30;
const pieceBytes = 64 * 2 ** 20;
