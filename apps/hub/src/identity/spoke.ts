import type { SpokeConfig } from '../config.ts';
import { reaches } from '../visibility/reach.ts';
import type { Claim, ClaimOutcome } from './claim.ts';
import { isStorableName, reachOf, refuse, refuseTooMany } from './claim.ts';
import type { IdentityHeaders } from './headers.ts';
import type { SpokeKey } from './spoke-keys.ts';
import type { NamespaceStatement, StatedContact } from './statement.ts';
import { parseGroups, parseNamespaceEmails, parseNamespaces } from './statement.ts';

/**
 * What a spoke with an accepted key says about a person. A key that is bound to clusters can only speak for these:
 * other pairs are dropped and counted, a wildcard means "all of these clusters", and the security team is granted only
 * where the key says so.
 */
export function spokeClaim(key: SpokeKey, headers: IdentityHeaders, config: SpokeConfig): ClaimOutcome {
  const user = headers.user ?? '';
  if (user === '') {
    const detail = `the key ${key.name ?? '(unnamed)'} came without X-Forwarded-User`;
    return refuse('user-header-missing', detail, { keyName: key.name });
  }
  const userId = config.userIdIncludesKeyName && key.name !== null ? `spoke:${key.name}:${user}` : `spoke:${user}`;
  if (!isStorableName(userId)) {
    const problem = 'X-Forwarded-User is too long or has control characters';
    return refuse('bad-request', problem, { header: 'X-Forwarded-User', problem });
  }
  const stated = parseNamespaces(headers.namespaces);
  const tooMany = refuseTooMany(stated, config.maxNamespaces);
  if (tooMany !== null) return tooMany;
  const entitled = entitlement(key, headers, { stated, secTeamGroup: config.secTeamGroup });
  return {
    kind: 'claimed',
    claim: { userId, username: user, ...addressOf(user, headers.email), ...entitled, keyName: key.name },
  };
}

/** What of the statement the key is entitled to, and how much of it is not. */
function entitlement(
  key: SpokeKey,
  headers: IdentityHeaders,
  { stated, secTeamGroup }: { readonly stated: NamespaceStatement; readonly secTeamGroup: string },
): Pick<Claim, 'role' | 'wildcard' | 'pairs' | 'reach' | 'contacts' | 'dropped'> {
  const accepted = boundTo(key.clusters, stated);
  const wantsSecTeam = parseGroups(headers.groups).includes(secTeamGroup);
  const role = wantsSecTeam && key.allowSecTeam ? 'sec_team' : 'team_member';
  const statedContacts = parseNamespaceEmails(headers.namespaceEmails);
  const contacts = statedContacts.filter((contact) => ownsContact(accepted, key.clusters, contact));
  return {
    role,
    wildcard: accepted.wildcard,
    pairs: accepted.pairs,
    reach: reachOf(role, accepted, key.clusters),
    contacts,
    dropped: {
      pairs: stated.pairs.length - accepted.pairs.length,
      contacts: statedContacts.length - contacts.length,
      secTeam: wantsSecTeam && role !== 'sec_team',
    },
  };
}

/** The stated address, or one that shows it was made up. */
function addressOf(user: string, stated: string | undefined): Pick<Claim, 'email' | 'emailIsReal'> {
  if (stated !== undefined && isStorableName(stated)) return { email: stated, emailIsReal: true };
  return { email: `${user}@spoke.local`.slice(0, 255), emailIsReal: false };
}

function boundTo(clusters: readonly string[] | null, stated: NamespaceStatement): NamespaceStatement {
  if (clusters === null || stated.wildcard) return stated;
  return { wildcard: false, pairs: stated.pairs.filter((pair) => clusters.includes(pair.cluster_name)) };
}

/** A contact counts only for a pair the same statement grants: the security-team role is no licence to set any. */
function ownsContact(
  accepted: NamespaceStatement,
  clusters: readonly string[] | null,
  contact: StatedContact,
): boolean {
  return reaches(reachOf('team_member', accepted, clusters), contact);
}
