import { lacking, neededColumns, neededForV2, optionalColumns, readCatalogue, readTables } from './catalogue.ts';
import type { Central } from './connection.ts';

/** What the role may do, as facts; judging them is the caller's business. */
export interface CentralRights {
  readonly user: string;
  /** The role bypasses all grants. */
  readonly superuser: boolean;
  /** Tables among those this package reads that the role may also change. */
  readonly writable: readonly string[];
  /** The role itself (not only this session) starts transactions read-only. */
  readonly readOnlyDefault: boolean;
  /** Tables or `table.column` that exist, would be used and may not be read. */
  readonly missing: readonly string[];
  /** This connection is encrypted. */
  readonly tlsInUse: boolean;
}

/** Looks up what the connected role may do. Reads system catalogues only. */
export function inspectRights(central: Central): Promise<CentralRights> {
  return central.snapshot({ bulk: false }, async (reading) => {
    const catalogue = await readCatalogue(reading);
    const [role] = await reading.read<{
      user: string;
      superuser: boolean;
      readOnlyDefault: boolean;
      tlsInUse: boolean;
    }>({
      text: `SELECT current_user::text AS "user", r.rolsuper AS superuser,
                    EXISTS (SELECT 1 FROM pg_catalog.pg_db_role_setting s, unnest(s.setconfig) AS c(setting)
                             WHERE s.setrole IN (0, r.oid) AND s.setdatabase IN (0, d.oid)
                               AND lower(c.setting) IN ('default_transaction_read_only=on', 'default_transaction_read_only=true',
                                                        'default_transaction_read_only=1', 'default_transaction_read_only=yes'))
                      AS "readOnlyDefault",
                    coalesce((SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS "tlsInUse"
               FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
              WHERE r.rolname = current_user AND d.datname = current_database()`,
    });
    const writable = await reading.read<{ table: string }>({
      text: `SELECT c.relname AS "table" FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname = 'public' AND c.relname = ANY ($1::text[])
                AND (has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') OR has_any_column_privilege(c.oid, 'INSERT, UPDATE'))
              ORDER BY c.relname`,
      values: [readTables],
    });
    const hidden = (table: string, column: string): boolean =>
      !catalogue.exists(table, column) || catalogue.readable(table, column);
    return {
      user: role?.user ?? '',
      superuser: role?.superuser ?? false,
      writable: writable.map((row) => row.table),
      readOnlyDefault: role?.readOnlyDefault ?? false,
      missing: [
        ...lacking(neededColumns, hidden),
        ...lacking(neededForV2, hidden),
        ...lacking(optionalColumns, hidden),
      ],
      tlsInUse: role?.tlsInUse ?? false,
    };
  });
}
