import { escapeLiteral } from 'pg';
import type { Client } from 'pg';

/** Who may read a fleet. */
export interface FleetRoleRequest {
  /** Name of the database that `connection` is connected to. */
  readonly database: string;
  readonly password: string;
  /** Name of the role; `cve_reader` when left out. */
  readonly name?: string;
}

/** The role that was made. */
export interface FleetRole {
  readonly user: string;
  readonly password: string;
}

const wholeTables = [
  ...['versions', 'clusters', 'cluster_health_statuses', 'namespaces', 'images', 'image_component_v2', 'image_cves_v2'],
  ...[
    'deployments_containers',
    'images_v2',
    'image_cve_infos',
    'vulnerability_requests',
    'vulnerability_requests_approvers_v2',
  ],
];
const deploymentColumns = [
  ...['id', 'name', 'type', 'namespace', 'namespaceid', 'clusterid', 'clustername', 'labels', 'annotations', 'created'],
  ...['riskscore', 'orchestratorcomponent', 'platformcomponent', 'hash'],
];

/**
 * Creates (or updates) the least-privilege role of the stackrox-db specification, section 8: table by
 * table what a vulnerability reader needs, no environment variables, no secrets, no writing. The hub
 * gets this role in demo and tests as in production, so a missing grant shows early.
 *
 * @param connection the owner of the fleet, connected to `database`
 */
export async function fleetRole(connection: Client, request: FleetRoleRequest): Promise<FleetRole> {
  const user = request.name ?? 'cve_reader';
  const role = connection.escapeIdentifier(user);
  const exists = (await connection.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [user])).rowCount === 1;
  const statements = [
    `${exists ? 'ALTER' : 'CREATE'} ROLE ${role} LOGIN PASSWORD ${escapeLiteral(request.password)} CONNECTION LIMIT 4
       NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION`,
    `ALTER ROLE ${role} SET default_transaction_read_only = on`,
    `ALTER ROLE ${role} SET statement_timeout = '60s'`,
    `ALTER ROLE ${role} SET lock_timeout = '1s'`,
    `ALTER ROLE ${role} SET idle_in_transaction_session_timeout = '10s'`,
    `GRANT CONNECT ON DATABASE ${connection.escapeIdentifier(request.database)} TO ${role}`,
    `GRANT USAGE ON SCHEMA public TO ${role}`,
    ...(await grants(connection, role)),
  ];
  for (const statement of statements) {
    await connection.query(statement);
  }
  return { user, password: request.password };
}

/** Only what this release has can be granted. */
async function grants(connection: Client, role: string): Promise<readonly string[]> {
  const { rows } = await connection.query<{ table_name: string; column_name: string }>(
    `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'`,
  );
  const tables = new Set(rows.map((row) => row.table_name));
  const columns = new Set(rows.filter((row) => row.table_name === 'deployments').map((row) => row.column_name));
  return [
    `GRANT SELECT ON ${wholeTables.filter((table) => tables.has(table)).join(', ')} TO ${role}`,
    `GRANT SELECT (${deploymentColumns.filter((column) => columns.has(column)).join(', ')}) ON deployments TO ${role}`,
  ];
}
