/** The file of users: `NAME:bcrypt` lines as `htpasswd -B` writes them. */
import { compare } from 'bcryptjs';
import { excerpt } from '@pratique/runtime/fault';
import { decodeText, readFileBounded } from '@pratique/runtime/limit';
import { registryFault } from '../errors.ts';
import { fixedLimits } from '../limits.ts';

/** Names and the hashes of their passwords. */
export type Users = ReadonlyMap<string, string>;

const hashPattern = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
/** Each step doubles the work of a login; 15 takes seconds, and every stranger may start one. */
const highestCost = 14;

/** @throws Fault `users-file-invalid`, `file-unreadable`, `too-large`, `not-text` */
export async function readUsers(path: string): Promise<Users> {
  const what = 'the file of users';
  return parseUsers(decodeText(await readFileBounded(path, { bytes: fixedLimits.usersFileBytes, what }), what));
}

/**
 * Reads the lines; empty ones and comments (#) are passed over.
 *
 * @throws Fault `users-file-invalid` with the number of the line, never its content
 */
export function parseUsers(text: string): Users {
  const users = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const colon = line.indexOf(':');
    const [name, hash] = [line.slice(0, colon), line.slice(colon + 1).trim()];
    if (colon < 1 || name.length > 255) throw invalid(index, 'is not NAME:HASH');
    const cost = Number(hashPattern.exec(hash)?.[1]);
    if (Number.isNaN(cost)) throw invalid(index, `has a hash of "${excerpt(name, 40)}" that is not bcrypt`);
    if (cost > highestCost) throw invalid(index, `has a cost of ${cost}; at most ${highestCost} are taken`);
    if (users.has(name)) throw invalid(index, `names "${excerpt(name, 40)}" again`);
    users.set(name, hash);
  }
  if (users.size === 0) throw invalid(0, 'and all others hold no user; nobody could log in');
  return users;
}

/** Whether the password is the user's. An unknown user takes as long as a known one, so that names cannot be found by time. */
export async function isPassword(users: Users, name: string, password: string): Promise<boolean> {
  const known = users.get(name);
  const cost = hashPattern.exec(known ?? [...users.values()][0] ?? '')?.[1] ?? '10';
  const matches = await compare(password, known ?? `$2b$${cost}$${'.'.repeat(53)}`);
  return known !== undefined && matches;
}

function invalid(index: number, why: string) {
  return registryFault({
    code: 'users-file-invalid',
    message: `Line ${index + 1} of the file of users ${why}.`,
    hint: 'Make lines with: htpasswd -nbB NAME PASSWORD. Other kinds of hashes (MD5, crypt, SHA1) are not taken.',
    values: { line: index + 1 },
  });
}
