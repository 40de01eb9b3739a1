/** Databases shaped like Central's, for the tests of this package. Names are plainly synthetic. */
import { Client } from 'pg';
import { afterAll } from 'vitest';
import { databaseForTest } from '@pratique/testbed/vitest';
import type { TestDatabase } from '@pratique/testbed/vitest';
import { resolveCentralAddress } from './address.ts';
import { openCentral } from './connection.ts';
import type { Central, CentralOptions } from './connection.ts';
import type { CentralRelease } from './schema.ts';
import { releaseVersions, schemaStatements } from './schema-ddl.ts';

/** A database of one release, empty but for `versions`. */
export interface CentralTestDatabase {
  readonly database: TestDatabase;
  /** A connection as the superuser, for preparing. */
  readonly admin: Client;
  /** Inserts one row; missing columns stay NULL. */
  insert(table: string, row: Readonly<Record<string, unknown>>): Promise<void>;
  /** Opens it as this package would; closed after the file's tests. */
  open(options?: Partial<CentralOptions> & { readonly user?: string; readonly password?: string }): Central;
}

/** Creates the database for the calling test file; call it at its top level. */
export async function centralForTest(release: CentralRelease): Promise<CentralTestDatabase> {
  const name = `stackrox_${release.replace('.', '_')}`;
  const database = await databaseForTest({ template: { name, build: (url) => buildRelease(url, release) } });
  const admin = new Client({ connectionString: database.url });
  admin.on('error', () => undefined);
  await admin.connect();
  const opened: Central[] = [];
  afterAll(async () => {
    await Promise.all([admin.end(), ...opened.map((central) => central.stop())]);
  });
  return {
    database,
    admin,
    insert: (table, row) => insertRow(admin, table, row),
    open: (options = {}) => {
      const { user = database.login.user, password = database.login.password, ...rest } = options;
      const central = openCentral({ address: addressOf(database, { user, password }), ...defaults, ...rest });
      opened.push(central);
      return central;
    },
  };
}

const defaults = { maxConnections: 2, statementTimeoutMs: 20_000, applicationName: 'pratique-test' } as const;

/** The address of a test database as somebody. */
export function addressOf(
  database: TestDatabase,
  login: { readonly user: string; readonly password: string },
): CentralOptions['address'] {
  const { host, port } = database.login;
  return resolveCentralAddress({ host, port, name: database.name, ...login });
}

async function buildRelease(url: string, release: CentralRelease): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of schemaStatements(release)) await client.query(statement);
    const { seqnum, version } = releaseVersions[release];
    await insertRow(client, 'versions', { seqnum, version });
  } finally {
    await client.end();
  }
}

async function insertRow(client: Client, table: string, row: Readonly<Record<string, unknown>>): Promise<void> {
  const columns = Object.keys(row);
  const places = columns.map((_, index) => `$${index + 1}`);
  await client.query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places.join(', ')})`, Object.values(row));
}

/** Inserts an image of either generation with one component and its CVEs. */
export async function insertImage(
  central: Pick<CentralTestDatabase, 'insert'>,
  image: {
    readonly generation: 1 | 2;
    readonly ref: string;
    readonly digest?: string;
    readonly name?: string;
    readonly scanTime?: string | null;
    readonly component?: Readonly<Record<string, unknown>> | null;
    readonly cves?: readonly Readonly<Record<string, unknown>>[];
  },
): Promise<void> {
  const owner = image.generation === 1 ? 'imageid' : 'imageidv2';
  const { scanTime = '2026-08-01 10:00:00', component = {}, cves = [] } = image;
  await central.insert(image.generation === 1 ? 'images' : 'images_v2', {
    id: image.ref,
    name_fullname: image.name ?? 'registry.test/team/app:1',
    scan_scantime: scanTime,
    ...(image.generation === 1 ? {} : { digest: image.digest ?? '' }),
  });
  if (component === null) return;
  const componentId = `openssl#0#${image.ref}`;
  await central.insert('image_component_v2', {
    id: componentId,
    name: 'openssl',
    version: '3.0.7-1',
    source: 0,
    operatingsystem: 'rhel:9',
    location: '',
    [owner]: image.ref,
    ...component,
  });
  for (const [index, cve] of cves.entries()) {
    const given = cve['cvebaseinfo_cve'];
    const name = typeof given === 'string' ? given : 'CVE-2024-0001';
    await central.insert('image_cves_v2', {
      id: `${name}#${index}#${componentId}`,
      cvebaseinfo_cve: name,
      componentid: componentId,
      state: 0,
      [owner]: image.ref,
      ...cve,
    });
  }
}
