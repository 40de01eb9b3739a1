import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import { appDatabaseFault } from '../database/faults.ts';
import type { AppDatabase } from '../database/schema.ts';
import type { Claim } from './claim.ts';
import { writeContacts } from './contacts.ts';

/** A statement that was written down is not written again for this long, in milliseconds. */
const memoMs = 5 * 60 * 1_000;
/** Statements remembered per process, about 200 bytes each. */
const memoSize = 20_000;

/** What the application database knows about a person beyond the claim of this request. */
export interface KnownUser {
  readonly email: string;
  readonly onboardingCompleted: boolean;
}

/** Keeps the people of the application database in step with who asks. */
export interface Users {
  /**
   * Writes down who came: creates the person, follows changes of name, address and role, and notes when and with which
   * pairs (for explanations only). Does nothing when the same statement was written in the last five minutes.
   *
   * @throws Fault `app-db-*`
   */
  provision(claim: Claim): Promise<KnownUser>;
  /** Drops what is remembered of a person, because it was changed here. */
  forget(userId: string): void;
}

interface Remembered extends KnownUser {
  readonly userId: string;
}

/**
 * @param now epoch milliseconds
 */
export function createUsers(db: Kysely<AppDatabase>, now: () => number): Users {
  const memo = new LRUCache<string, Remembered>({ max: memoSize, ttl: memoMs, perf: { now } });
  const running = new Map<string, Promise<KnownUser>>();

  async function write(claim: Claim, digest: string): Promise<KnownUser> {
    try {
      const known = await upsertUser(db, claim, new Date(now()));
      await upsertPairsSeen(db, claim, new Date(now()));
      await writeContacts(db, claim.contacts, new Date(now()));
      memo.set(digest, { ...known, userId: claim.userId });
      return known;
    } catch (error) {
      throw appDatabaseFault(error) ?? error;
    } finally {
      running.delete(digest);
    }
  }

  return {
    async provision(claim) {
      const digest = digestOf(claim);
      const remembered = memo.get(digest);
      if (remembered !== undefined) return remembered;
      const started = running.get(digest) ?? write(claim, digest);
      running.set(digest, started);
      return await started;
    },
    forget(userId) {
      for (const [digest, remembered] of memo.entries()) if (remembered.userId === userId) memo.delete(digest);
    },
  };
}

/** Everything that would be written, so that "the same statement" means exactly that. */
function digestOf(claim: Claim): string {
  const written = [claim.userId, claim.username, claim.email, claim.role, claim.pairs, claim.contacts];
  return createHash('sha256').update(JSON.stringify(written)).digest('base64');
}

/**
 * One statement, so that parallel first requests cannot fail. The row is touched only when something differs or it was
 * last seen five minutes ago; a made-up address never replaces a real one.
 */
async function upsertUser(db: Kysely<AppDatabase>, claim: Claim, now: Date): Promise<KnownUser> {
  const keepsAddress = sql`(not ${claim.emailIsReal}::boolean and users.email <> '' and users.email not like '%@spoke.local')`;
  // Silence for an hour ends a visit; what was new to the person then is kept until the next one ends.
  const wasAway = sql`(users.last_seen_at is null or users.last_seen_at <= excluded.last_seen_at - interval '1 hour')`;
  const { rows } = await sql<{ email: string; onboarding_completed: boolean }>`
    with written as (
      insert into users as users (id, username, email, role, created_at, last_seen_at, visit_started_at)
      values (${claim.userId}, ${claim.username}, ${claim.email}, ${claim.role}::userrole, ${now}, ${now}, ${now})
      on conflict (id) do update set
        username = excluded.username,
        email = case when ${keepsAddress} then users.email else excluded.email end,
        role = excluded.role,
        last_seen_at = excluded.last_seen_at,
        visit_started_at = case when ${wasAway} then excluded.last_seen_at else coalesce(users.visit_started_at, users.last_seen_at) end,
        previous_visit_at = case when ${wasAway} then users.last_seen_at else users.previous_visit_at end
      where users.username <> excluded.username or users.role <> excluded.role
        or (users.email <> excluded.email and not ${keepsAddress})
        or users.last_seen_at is null or users.last_seen_at <= excluded.last_seen_at - interval '5 minutes'
      returning email, onboarding_completed
    )
    select email, onboarding_completed from written
    union all
    select email, onboarding_completed from users where id = ${claim.userId} and not exists (select from written)`.execute(
    db,
  );
  // No row: another request inserted it between the two halves; what it wrote is this very statement.
  const row = rows[0] ?? { email: claim.email, onboarding_completed: false };
  return { email: row.email, onboardingCompleted: row.onboarding_completed };
}

async function upsertPairsSeen(db: Kysely<AppDatabase>, claim: Claim, now: Date): Promise<void> {
  if (claim.pairs.length === 0) return;
  const pairs = claim.pairs.toSorted(
    (a, b) => compare(a.cluster_name, b.cluster_name) || compare(a.namespace, b.namespace),
  );
  // Always in the same order: two requests of one person must not wait for each other's rows crosswise.
  await sql`
    insert into user_pairs_seen (user_id, namespace, cluster_name, seen_at)
    select ${claim.userId}, stated.namespace, stated.cluster_name, ${now}
    from unnest(${pairs.map((pair) => pair.namespace)}::text[], ${pairs.map((pair) => pair.cluster_name)}::text[]) as stated (namespace, cluster_name)
    on conflict (user_id, namespace, cluster_name) do update set seen_at = excluded.seen_at
    where user_pairs_seen.seen_at <= excluded.seen_at - interval '1 hour'`.execute(db);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
