import { isFault } from '@pratique/runtime/fault';
import { inspectRights, type Central, type CentralRights } from '@pratique/stackrox';

/** A right the role should not have, or lacks, in the words of an operator. */
export interface RightsConcern {
  readonly code: 'role-is-superuser' | 'role-may-write' | 'role-not-read-only' | 'role-may-not-read';
  readonly message: string;
  readonly hint: string;
}

/** Layers may hold build secrets: not granting them is the advised default and no concern. */
const layerTables = /^images(?:_v2)?_layers(?:\.|$)/;

const remedy = 'Give the hub a role of its own that may only read: docs/operations.md has the statements.';

/** What deserves a loud word about the role Central is read with. Pure. */
export function judgeRights(rights: CentralRights): RightsConcern[] {
  const concerns: RightsConcern[] = [];
  if (rights.superuser) {
    concerns.push({
      code: 'role-is-superuser',
      message: `The role ${rights.user} is a superuser of the StackRox database.`,
      hint: remedy,
    });
  } else if (rights.writable.length > 0) {
    const tables = rights.writable.join(', ');
    concerns.push({
      code: 'role-may-write',
      message: `The role ${rights.user} may change tables of StackRox: ${tables}.`,
      hint: remedy,
    });
  }
  if (!rights.readOnlyDefault) {
    const message = `The role ${rights.user} is not read-only by itself; only the sessions of the hub are.`;
    concerns.push({ code: 'role-not-read-only', message, hint: remedy });
  }
  const missing = rights.missing.filter((name) => !layerTables.test(name));
  if (missing.length > 0) {
    const message = `The role ${rights.user} may not read ${missing.join(', ')}; what depends on it is missing.`;
    concerns.push({ code: 'role-may-not-read', message, hint: 'Grant SELECT on these, table by table.' });
  }
  return concerns;
}

/** Looks at the rights once. That StackRox is away at this moment is the reader's to report, not ours. */
export async function checkRights(central: Central, warn: (concern: RightsConcern) => void): Promise<void> {
  try {
    judgeRights(await inspectRights(central)).forEach(warn);
  } catch (error) {
    if (!isFault(error)) {
      throw error;
    }
  }
}
