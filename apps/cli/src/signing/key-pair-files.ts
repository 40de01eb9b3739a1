/** Key pairs as two files beside each other: `cosign.key` and `cosign.pub`. */
import type { KeyPairFiles } from '@pratique/sigstore';
import { aside } from '../print.ts';
import { confirm } from './confirm.ts';
import { whatIsAt, writeFiles } from './files.ts';
import type { Surroundings } from './surroundings.ts';

/** Where the two halves go. */
export interface PairPaths {
  readonly key: string;
  readonly pub: string;
}

/**
 * Asks before files are replaced, so that nobody types a password in vain. Links are refused when written.
 *
 * @returns whether something is to be replaced
 * @throws Fault `declined`
 */
export async function requireFreePlaces(
  paths: PairPaths,
  { force, surroundings }: { readonly force: boolean; readonly surroundings: Surroundings },
): Promise<boolean> {
  const taken: string[] = [];
  for (const path of [paths.key, paths.pub]) if ((await whatIsAt(path)) !== 'nothing') taken.push(path);
  if (taken.length === 0) return false;
  const loss = taken.includes(paths.key) ? ' What only the old private key can sign is lost with it.' : '';
  await confirm(surroundings, `${taken.join(' and ')} exist already. Replace them?${loss}`, force);
  return true;
}

/** Writes both halves, or neither; the private one is never readable by others, not even for a moment. */
export async function writeKeyPair(paths: PairPaths, pair: KeyPairFiles, replace: boolean): Promise<void> {
  await writeFiles([
    { path: paths.key, content: pair.privatePem, mode: 0o600, replace },
    { path: paths.pub, content: pair.publicPem, mode: 0o644, replace },
  ]);
}

/** Names the files and what to do with them now. */
export function tellBackup(paths: PairPaths, { say }: Surroundings): void {
  say(`Private key written to ${aside.strong(paths.key)}`);
  say(`Public key written to ${aside.strong(paths.pub)}`);
  say('');
  say(
    `Back up ${paths.key} together with its password, now and in a safe place: without both nothing can be signed with`,
  );
  say(
    `this key again, and every verifier has to be given a new one. ${paths.pub} can be printed again from ${paths.key}.`,
  );
}
