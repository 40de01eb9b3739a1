/** A registry as a process of its own: `node registry-child-for-test.ts FOLDER [UID]`. Prints its address. */
import { startRegistry } from './start.ts';

const [, , folder = '', uid] = process.argv;
// Only now: another user may not be able to read the sources.
if (uid !== undefined) process.setgid?.(Number(uid));
if (uid !== undefined) process.setuid?.(Number(uid));
const registry = await startRegistry({ folder, durable: false });
process.stdout.write(`${registry.url}\n`);
