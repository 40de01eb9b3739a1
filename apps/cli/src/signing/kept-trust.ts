/** Trust material of a deployment as it was fetched, or as it was when this was built. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readFileBounded } from '@pratique/runtime/limit';
import {
  parseTrustedRoot,
  trustFile,
  trustTargets,
  type TrustFile,
  type TrustMaterial,
  type TrustRepository,
} from '@pratique/sigstore';
import { aside } from '../print.ts';
import { serviceAccess } from './service-access.ts';
import type { Surroundings } from './surroundings.ts';

/** Where trust is kept and whom to ask, from the variables: TUF_ROOT, TUF_MIRROR. */
export function trustRepository(surroundings: Surroundings): TrustRepository {
  const { env, now } = surroundings;
  const mirror = env['TUF_MIRROR'];
  return {
    cache: env['TUF_ROOT'] ?? join(env['HOME'] ?? homedir(), '.sigstore', 'root'),
    ...(mirror === undefined || mirror === '' ? {} : { mirror }),
    access: serviceAccess(surroundings),
    now,
  };
}

/** The root of TUF_ROOT_JSON, if one is named. */
export async function namedRoot({ env }: Surroundings): Promise<Uint8Array | undefined> {
  const path = env['TUF_ROOT_JSON'];
  if (path === undefined || path === '') return undefined;
  return await readFileBounded(path, { bytes: 4 * 1024 * 1024, what: 'the first root (TUF_ROOT_JSON)' });
}

/** A file of the repository, asked for at most once a day; what is not as it should be is said. */
export async function keptFile(target: string, surroundings: Surroundings): Promise<TrustFile> {
  const file = await trustFile({ ...trustRepository(surroundings), target, refresh: 'daily' });
  for (const warning of file.warnings) surroundings.say(aside.warning(`Warning: ${warning}`));
  return file;
}

/** Whom the deployment says to believe. */
export async function keptTrust(surroundings: Surroundings): Promise<TrustMaterial> {
  const { content, mirror } = await keptFile(trustTargets.trustedRoot, surroundings);
  return parseTrustedRoot(content, `the trusted root of ${mirror}`);
}
