import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** A value of a column; a list is a PostgreSQL array of text, a record becomes JSON. */
export type Cell =
  | string
  | number
  | boolean
  | null
  | Date
  | Uint8Array
  | readonly string[]
  | Readonly<Record<string, string>>;

/** Rows for one table. */
export interface TableRows {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: Iterable<readonly Cell[]>;
}

/** Column names written with blanks between them. */
export function columnList(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

/** Text of this length is handed to the socket at once. */
const chunkLength = 1 << 16;

/**
 * Loads rows by COPY. Columns that this release does not have yet are left out, and so is a table
 * that it does not have.
 *
 * @returns how many rows went in
 */
export async function copyRows(connection: Client, { table, columns, rows }: TableRows): Promise<number> {
  const present = await presentColumns(connection, table);
  const kept = columns.map((column, at) => ({ column, at })).filter(({ column }) => present.has(column));
  if (kept.length === 0) {
    return 0;
  }
  let count = 0;
  function* chunks(): Generator<string> {
    let chunk = '';
    for (const row of rows) {
      count += 1;
      chunk += `${kept.map(({ at }) => copyText(row[at] ?? null)).join('\t')}\n`;
      if (chunk.length >= chunkLength) {
        yield chunk;
        chunk = '';
      }
    }
    yield chunk;
  }
  const list = kept.map(({ column }) => connection.escapeIdentifier(column)).join(', ');
  const target = connection.query(copyFrom(`COPY ${connection.escapeIdentifier(table)} (${list}) FROM STDIN`));
  await pipeline(Readable.from(chunks()), target);
  return count;
}

async function presentColumns(connection: Client, table: string): Promise<ReadonlySet<string>> {
  const { rows } = await connection.query<{ column_name: string }>(
    // Temporary tables count too: what is visible under the bare name decides.
    `SELECT attname AS column_name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`,
    [connection.escapeIdentifier(table)],
  );
  return new Set(rows.map((row) => row.column_name));
}

/** A value in COPY's text format. */
export function copyText(cell: Cell): string {
  if (cell === null) {
    return '\\N';
  }
  if (typeof cell === 'number' || typeof cell === 'boolean') {
    return String(cell);
  }
  if (typeof cell === 'string') {
    return escaped(cell);
  }
  if (cell instanceof Date) {
    return cell.toISOString().slice(0, -1).replace('T', ' '); // `timestamp` without zone, UTC by convention
  }
  if (cell instanceof Uint8Array) {
    return `\\\\x${Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength).toString('hex')}`;
  }
  return escaped(isList(cell) ? `{${cell.map(arrayElement).join(',')}}` : JSON.stringify(cell));
}

function isList(cell: readonly string[] | Readonly<Record<string, string>>): cell is readonly string[] {
  return Array.isArray(cell);
}

function arrayElement(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escaped(text: string): string {
  return text.replace(/[\\\t\n\r]/g, (character) => escapes[character] ?? character);
}
