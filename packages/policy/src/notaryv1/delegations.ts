/** Which documents say what a tag is: the targets themselves, or those they have delegated to (NV1-7). */
import type { NotaryV1Settings, Rule } from '../configuration/policy.ts';
import { TrustFlaw, within } from './flaw.ts';
import { delegationCount } from './limits.ts';
import { checkSignatures } from './role-keys.ts';
import { entryNamed, parseRole } from './trust-data.ts';
import type { RoleDocument } from './trust-data.ts';
import { checkExpiry, checkListed } from './verify-base.ts';
import type { Strictness, VerifiedBase } from './verify-base.ts';

/** A delegation as it was asked for. */
export type FetchedDelegation =
  | { readonly state: 'there'; readonly bytes: Uint8Array }
  /** The server says there is none. */
  | { readonly state: 'absent' }
  | { readonly state: 'failed'; readonly flaw: TrustFlaw };

/** A document that is believed, with the beginnings of the names it may speak about. */
export interface Speaker {
  readonly document: RoleDocument<'targets'>;
  readonly paths: readonly string[];
}

const releases = 'targets/releases';

/** As Notary allows them; they become part of an address. */
const delegationName = /^targets(?:\/[-a-z0-9_]+)+$/;

/** Delegations to be fetched; none means that the targets speak for themselves. @throws TrustFlaw */
export function wantedDelegations(base: VerifiedBase, settings: NotaryV1Settings, rule: Rule): readonly string[] {
  const { delegations } = rule.options;
  const configured = [...new Set(delegations.map((name) => (name.startsWith('targets/') ? name : `targets/${name}`)))];
  const roles = rolesOf(base).map(({ name }) => name);
  if (configured.length === 0 && roles.length === 0) return [];
  if (roles.length === 0) {
    const required = `but following were required: ${configured.join(', ')}`;
    throw missing(`no delegations found for validator ${settings.name}, ${required}`);
  }
  const wanted = configured.length === 0 ? [releases] : configured;
  const absent = wanted.find((name) => !roles.includes(name) || !delegationName.test(name));
  if (absent !== undefined) throw duringDelegations(wanted, missing(`delegation ${absent} not found`));
  if (wanted.length > delegationCount) throw missing(`more than ${delegationCount} delegations are required`);
  return wanted;
}

/** Verifies what was fetched and says who speaks. @throws TrustFlaw */
export function verifyDelegations(
  base: VerifiedBase,
  fetched: ReadonlyMap<string, FetchedDelegation>,
  { rule, ...strictness }: Strictness & { readonly rule: Rule },
): readonly Speaker[] {
  const names = [...fetched.keys()];
  const own: readonly Speaker[] = [{ document: base.targets, paths: [''] }];
  if (names.length === 0) return own;
  // Signers who were added and have signed nothing yet: neither the file nor its checksum is there.
  const isUnused = names.every(
    (name) => fetched.get(name)?.state === 'absent' && entryNamed(base.snapshot.body.meta, name) === undefined,
  );
  if (rule.options.delegations.length === 0 && isUnused) return own;
  return names.map((name) => {
    try {
      return verifyOne(base, name, fetched.get(name)!, strictness);
    } catch (error) {
      throw error instanceof TrustFlaw ? duringDelegations(names, error) : error;
    }
  });
}

function verifyOne(base: VerifiedBase, name: string, fetched: FetchedDelegation, strictness: Strictness): Speaker {
  const role = rolesOf(base).find((each) => each.name === name);
  if (role === undefined) throw missing(`delegation ${name} not found`);
  if (fetched.state === 'failed') throw fetched.flaw;
  if (fetched.state === 'absent') throw missing(`error downloading delegation ${name}: the server has none`);
  const document = parseRole('targets', fetched.bytes, name);
  const keys = base.targets.body.delegations?.keys ?? {};
  within(`delegation ${name}`, () => {
    checkSignatures(document, { keyIds: role.keyids, threshold: role.threshold, keys });
    checkExpiry(document, strictness.now);
    checkListed(document, base.snapshot, strictness);
  });
  return { document, paths: role.paths ?? [] };
}

function rolesOf({ targets }: VerifiedBase) {
  return targets.body.delegations?.roles ?? [];
}

function duringDelegations(names: readonly string[], flaw: TrustFlaw): TrustFlaw {
  return flaw.within(`error during download and validation of delegations for targets: ${names.join(', ')}`);
}

function missing(problem: string): TrustFlaw {
  const nextStep =
    'Have the delegations sign the tag (`docker trust signer add`, `docker trust sign`), or correct with.delegations.';
  return new TrustFlaw('required_missing', problem, nextStep);
}
