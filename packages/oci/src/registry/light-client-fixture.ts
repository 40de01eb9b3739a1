/** Run as a process of its own by `pool.test.ts`: asks a registry one thing and prints which parts of Node that loaded. */
import { createRegistryClient } from './client.ts';

const [registry = ''] = process.argv.slice(2);
const client = createRegistryClient({ userAgent: 'test', now: () => new Date(), random: () => 0.5 });
const found = await client.repository({ registry, repository: 'team/app' }).resolve('v1');
await client.close();
const loaded = (process as unknown as { readonly moduleLoadList: readonly string[] }).moduleLoadList;
process.stdout.write(JSON.stringify({ found: found?.digest, loaded }));
