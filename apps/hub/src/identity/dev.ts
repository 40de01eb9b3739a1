import type { DevPerson } from '@pratique/hub/contract';
import type { DevConfig } from '../config.ts';
import type { Claim, ClaimOutcome } from './claim.ts';
import { nothingDropped, reachOf, refuse } from './claim.ts';
import { parseNamespaceEmails, parseNamespaces } from './statement.ts';

/** A ready-made person of a demo, with an address for mails. */
export interface DemoPerson extends DevPerson {
  readonly email: string;
}

/**
 * The person of dev mode: the configured one, or one of the ready-made people where a demo brings some and the browser
 * picks one by `X-Dev-Person`. Without ready-made people no header is looked at.
 *
 * @param wanted value of `X-Dev-Person`
 */
export function devClaim(config: DevConfig, people: readonly DemoPerson[], wanted: string | undefined): ClaimOutcome {
  if (people.length === 0 || wanted === undefined || wanted === '') {
    return { kind: 'claimed', claim: claimOf(config, config.namespaceEmails) };
  }
  const person = people.find((one) => one.id === wanted);
  if (person === undefined)
    return refuse('unauthenticated', 'X-Dev-Person names nobody of the demo', { header: 'X-Dev-Person' });
  return { kind: 'claimed', claim: claimOf(person, config.namespaceEmails) };
}

/**
 * The raw headers with the person a query names in `dev_person`, for the one route whose clients cannot send headers. Only
 * dev mode ever looks at `X-Dev-Person`; anywhere else this changes nothing.
 *
 * @param query as parsed from the address, not yet validated
 */
export function withDevPerson(rawHeaders: readonly string[], query: unknown): readonly string[] {
  const wanted = typeof query === 'object' && query !== null && 'dev_person' in query ? query.dev_person : undefined;
  const isSent = rawHeaders.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'x-dev-person');
  return typeof wanted !== 'string' || isSent ? rawHeaders : [...rawHeaders, 'X-Dev-Person', wanted];
}

function claimOf(
  person: Pick<DevConfig, 'id' | 'name' | 'email' | 'role' | 'namespaces'>,
  namespaceEmails: string,
): Claim {
  const statement = parseNamespaces(person.namespaces);
  return {
    userId: person.id,
    username: person.name,
    email: person.email,
    emailIsReal: true,
    role: person.role,
    wildcard: statement.wildcard,
    pairs: statement.pairs,
    reach: reachOf(person.role, statement, null),
    keyName: null,
    // The settings of dev mode speak for every namespace, not only for the person's own.
    contacts: parseNamespaceEmails(namespaceEmails),
    dropped: nothingDropped,
  };
}
