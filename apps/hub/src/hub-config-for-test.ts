import type { Environment } from '@pratique/runtime/config';
import { dataFiles } from '@pratique/testbed/data';
import { readHubConfig, type HubConfig } from './index.ts';

/** The two databases of an installation. */
export interface Databases {
  readonly app: { readonly url: string };
  /** Central as the least-privilege role. */
  readonly centralUrl: string;
}

/** The spokes of the tests: one may say anything, one speaks for one cluster, one knows no security team. */
export const keys = { any: 'key-of-any-cluster', eu: 'key-of-harbor-eu', us: 'key-of-harbor-us' } as const;
const spokeKeys = [
  { key: keys.any, name: 'any', allow_sec_team: true },
  { key: keys.eu, name: 'eu', clusters: ['harbor-eu'] },
  { key: keys.us, name: 'us', clusters: ['harbor-us'] },
];

/** How the configuration of a test differs from the usual one. */
export interface ConfigChanges {
  readonly env?: Environment;
  /** Seconds between two polls; shorter than an operator may set. */
  readonly intervalSeconds?: number;
}

/** The configuration of a hub over an installation. */
export function configForTest(installation: Databases, changes: ConfigChanges = {}): HubConfig {
  const config = readHubConfig({
    HOST: '127.0.0.1',
    PORT: '0',
    APP_BASE_URL: 'http://desk.example.com',
    APP_DB_URL: installation.app.url,
    STACKROX_DB_URL: installation.centralUrl,
    SECRET_KEY: 'only-for-tests-0123456789-0123456789',
    SPOKE_API_KEYS: JSON.stringify(spokeKeys),
    EPSS_FILE: dataFiles.epss,
    RATE_LIMIT_PER_SECOND: '0',
    ...changes.env,
  });
  const intervalSeconds = changes.intervalSeconds ?? config.snapshot.intervalSeconds;
  return { ...config, snapshot: { ...config.snapshot, intervalSeconds } };
}
