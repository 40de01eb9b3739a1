import Type from 'typebox';
import type { Kysely } from 'kysely';
import { Done, FoundUser, Me, UserSearchQuery } from '@pratique/hub/contract';
import type { AppDatabase } from '../database/schema.ts';
import { callerOf } from '../http.ts';
import type { HubServer } from '../http.ts';
import type { Caller } from './caller.ts';
import { searchUsers } from './search.ts';
import type { Users } from './users.ts';

/** What the routes of this domain work with. */
export interface IdentityRouteParts {
  readonly db: Kysely<AppDatabase>;
  readonly users: Users;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** `GET /api/auth/me`, `PATCH /api/auth/onboarding`, `GET /api/auth/users/search`. */
export function registerIdentity(app: HubServer, { db, users, now }: IdentityRouteParts): void {
  app.get('/api/auth/me', {
    schema: { summary: 'Who I am and which namespaces I came with', response: { 200: Me } },
    handler: (request) => describeMe(db, callerOf(request)),
  });
  app.patch('/api/auth/onboarding', {
    schema: { summary: 'Note that I have seen the introduction', response: { 200: Done } },
    handler: async (request) => {
      const caller = callerOf(request);
      await db.updateTable('users').set({ onboarding_completed: true }).where('id', '=', caller.id).execute();
      users.forget(caller.id);
      return { ok: true } as const;
    },
  });
  app.get('/api/auth/users/search', {
    schema: {
      summary: 'People whose name begins with a text',
      querystring: UserSearchQuery,
      response: { 200: Type.Array(FoundUser) },
    },
    handler: (request) => searchUsers(db, { caller: callerOf(request), query: request.query, now: new Date(now()) }),
  });
}

async function describeMe(db: Kysely<AppDatabase>, caller: Caller): Promise<Me> {
  // Read anew: another replica may have noted it, and the caller may be remembered from before.
  const stored = await db
    .selectFrom('users')
    .select('onboarding_completed')
    .where('id', '=', caller.id)
    .executeTakeFirst();
  return {
    id: caller.id,
    username: caller.username,
    email: caller.email,
    role: caller.role,
    is_sec_team: caller.isSecTeam,
    has_all_namespaces: caller.hasAllNamespaces,
    onboarding_completed: stored?.onboarding_completed ?? caller.onboardingCompleted,
    namespaces: [...caller.namespaces],
  };
}
