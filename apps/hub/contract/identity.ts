/** Who asks: the roles, the headers a spoke stamps, and what a client may learn about itself. */
import Type, { type Static } from 'typebox';
import { Pair } from './primitives.ts';

export const Role = Type.Union([Type.Literal('team_member'), Type.Literal('sec_team')]);
export type Role = Static<typeof Role>;

/** The headers of the statement a spoke makes about a person. Only the hub's `identity/` reads them. */
export const identityHeaders = {
  key: 'x-api-key',
  user: 'x-forwarded-user',
  email: 'x-forwarded-email',
  groups: 'x-forwarded-groups',
  namespaces: 'x-forwarded-namespaces',
  namespaceEmails: 'x-forwarded-namespace-emails',
} as const;

/** `GET /api/auth/me`. For wildcard users and the security team `namespaces` may be empty: it is not their limit. */
export const Me = Type.Object({
  id: Type.String(),
  username: Type.String(),
  email: Type.String(),
  role: Role,
  is_sec_team: Type.Boolean(),
  has_all_namespaces: Type.Boolean(),
  onboarding_completed: Type.Boolean(),
  namespaces: Type.Array(Pair),
});
export type Me = Static<typeof Me>;

/** `GET /api/auth/users/search`. An unknown role is no filter. */
export const UserSearchQuery = Type.Object({
  q: Type.String({ maxLength: 100, default: '', description: 'beginning of the user name, in any case' }),
  role: Type.Optional(Type.String({ maxLength: 50 })),
});
export type UserSearchQuery = Static<typeof UserSearchQuery>;

export const FoundUser = Type.Object({ id: Type.String(), username: Type.String() });
export type FoundUser = Static<typeof FoundUser>;

/** The answer of an act that has nothing else to say. */
export const Done = Type.Object({ ok: Type.Literal(true) });

/** `GET /api/dev/people`, dev mode only: the ready-made people a demo can be seen as. */
export const DevPerson = Type.Object({
  id: Type.String(),
  name: Type.String(),
  role: Role,
  namespaces: Type.String({ description: 'grammar of X-Forwarded-Namespaces' }),
  description: Type.String(),
});
export type DevPerson = Static<typeof DevPerson>;
