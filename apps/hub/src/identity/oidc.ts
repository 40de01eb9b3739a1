import { decodeProtectedHeader, jwtVerify } from 'jose';
import type { JWTPayload } from 'jose';
import type { OidcConfig, SpokeConfig } from '../config.ts';
import type { ClaimOutcome } from './claim.ts';
import { isStorableName, nothingDropped, reachOf, refuse, refuseTooMany } from './claim.ts';
import type { SigningKeys } from './signing-keys.ts';
import { parseGroupClaim, parseNamespaceClaim } from './statement.ts';

/** No signature of another kind is looked at: neither `none` nor a shared secret can be smuggled in. */
const algorithms = ['RS256', 'ES256'];
/** How far the clocks of issuer and hub may differ, in seconds. */
const leewaySeconds = 60;
/** Tokens with many groups have some kilobytes; hashing more is work for strangers. */
const maxTokenLength = 32_768;

/** What verifying needs. */
export interface OidcOptions {
  readonly config: OidcConfig;
  readonly shared: Pick<SpokeConfig, 'secTeamGroup' | 'maxNamespaces'>;
  readonly keys: SigningKeys;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * What a bearer token says about a person. The token must be signed by the issuer (RS256 or ES256, with a key id), and
 * name this program as audience; `iss`, `aud`, `exp` and `sub` are mandatory. A stranger learns only that it was not
 * accepted, the log learns why.
 *
 * @param authorization value of the `Authorization` header
 */
export async function oidcClaim(authorization: string, options: OidcOptions): Promise<ClaimOutcome> {
  const token = /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization)?.[1];
  if (token === undefined) return refuse('unauthenticated', 'the Authorization header is no bearer token');
  if (token.length > maxTokenLength)
    return refuse('token-invalid', `the token is longer than ${maxTokenLength} characters`);
  try {
    const payload = await verify(token, options);
    return payload === null
      ? refuse('token-invalid', 'the key of the token is not one of the issuer, or the issuer could not be asked')
      : claimOf(payload, options);
  } catch (error) {
    return refuse('token-invalid', error instanceof Error ? error.message : String(error));
  }
}

async function verify(token: string, { config, keys, now }: OidcOptions): Promise<JWTPayload | null> {
  const { kid, alg } = decodeProtectedHeader(token);
  if (kid === undefined || kid === '') throw new Error('the token names no key (kid)');
  if (alg === undefined || !algorithms.includes(alg))
    throw new Error('the token is signed with an algorithm that is not accepted');
  const key = await keys(kid);
  if (key === null) return null;
  const { payload } = await jwtVerify(token, key, {
    algorithms,
    issuer: config.issuer,
    audience: config.clientId,
    clockTolerance: leewaySeconds,
    currentDate: new Date(now()),
    requiredClaims: ['iss', 'aud', 'exp', 'sub'],
  });
  return payload;
}

function claimOf(payload: JWTPayload, { config, shared }: OidcOptions): ClaimOutcome {
  const userId = payload.sub ?? '';
  if (!isStorableName(userId))
    return refuse('token-invalid', 'the subject of the token is empty, too long or has control characters');
  const statement = parseNamespaceClaim(payload[config.namespacesClaim]);
  const tooMany = refuseTooMany(statement, shared.maxNamespaces);
  if (tooMany !== null) return tooMany;
  const name = payload[config.usernameClaim];
  const email = payload['email'];
  const emailIsReal = typeof email === 'string' && isStorableName(email);
  const role = parseGroupClaim(payload[config.groupsClaim]).includes(shared.secTeamGroup) ? 'sec_team' : 'team_member';
  return {
    kind: 'claimed',
    claim: {
      userId,
      username: typeof name === 'string' && isStorableName(name) ? name : userId,
      email: emailIsReal ? email : '',
      emailIsReal,
      role,
      wildcard: statement.wildcard,
      pairs: statement.pairs,
      reach: reachOf(role, statement, null),
      keyName: null,
      contacts: [],
      dropped: nothingDropped,
    },
  };
}
