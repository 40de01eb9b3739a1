/** Whether what is installed is what the lock file says. Runs on Node 18 without any dependency. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Compares package-lock.json with what npm noted in node_modules and with the folders that are there. Contents are
 * compared, not times: a checkout touches files, and an interrupted install leaves a fresh time behind.
 *
 * @param {string} root folder of the checkout
 * @returns {string | undefined} why an install is needed, or undefined
 */
export function reasonToInstall(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  if (wanted === undefined) return undefined;
  if (!existsSync(join(root, 'node_modules'))) return 'nothing is installed yet';
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return 'an earlier install did not finish';
  for (const [path, entry] of Object.entries(wanted)) {
    if (!path.includes('node_modules/')) continue;
    const reason = reasonOf(root, path, entry, installed[path]);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function reasonOf(root, path, entry, there) {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  if (there === undefined || !existsSync(join(root, path))) {
    // npm leaves out what is made for another system; such packages are always optional.
    return entry.optional || entry.devOptional || entry.peer ? undefined : `${name} is missing`;
  }
  if (entry.link) return undefined;
  return there.version === entry.version && there.integrity === entry.integrity
    ? undefined
    : `${name} is ${there.version}, the lock file says ${entry.version}`;
}

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
