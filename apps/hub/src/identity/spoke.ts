import type { SpokeConfig } from '../config.ts';
import { reaches } from '../visibility/reach.ts';
import type { ClaimOutcome } from './claim.ts';
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
    return refuse('user-header-missing', `the key ${key.name ?? '(unnamed)'} came without X-Forwarded-User`, {
      keyName: key.name,
    });
  }
  const userId = config.userIdIncludesKeyName && key.name !== null ? `spoke:${key.name}:${user}` : `spoke:${user}`;
  if (!isStorableName(userId)) {
    return refuse('bad-request', 'X-Forwarded-User is too long or has control characters', {
      header: 'X-Forwarded-User',
    });
  }
  const stated = parseNamespaces(headers.namespaces);
  const tooMany = refuseTooMany(stated, config.maxNamespaces);
  if (tooMany !== null) return tooMany;

  const accepted = boundTo(key.clusters, stated);
  const wantsSecTeam = parseGroups(headers.groups).includes(config.secTeamGroup);
  const role = wantsSecTeam && key.allowSecTeam ? 'sec_team' : 'team_member';
  const statedContacts = parseNamespaceEmails(headers.namespaceEmails);
  const contacts = statedContacts.filter((contact) => ownsContact(accepted, key.clusters, contact));
  const email = headers.email ?? '';
  const emailIsReal = isStorableName(email);
  return {
    kind: 'claimed',
    claim: {
      userId,
      username: user,
      email: emailIsReal ? email : `${user}@spoke.local`.slice(0, 255),
      emailIsReal,
      role,
      wildcard: accepted.wildcard,
      pairs: accepted.pairs,
      reach: reachOf(role, accepted, key.clusters),
      keyName: key.name,
      contacts,
      dropped: {
        pairs: stated.pairs.length - accepted.pairs.length,
        contacts: statedContacts.length - contacts.length,
        secTeam: wantsSecTeam && role !== 'sec_team',
      },
    },
  };
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
