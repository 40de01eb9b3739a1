import { limits } from './limits.ts';

/**
 * The startup parameter `options` that makes a session read-only, bounded and in UTC from its first
 * statement on; it goes before what the role has of its own. The grants of the role are the barrier against
 * writing, this is the seat belt.
 *
 * @param statementTimeoutMs after how long the server cancels a statement
 */
export function sessionOptions(statementTimeoutMs: number): string {
  const settings: Readonly<Record<string, string | number>> = {
    default_transaction_read_only: 'on',
    statement_timeout: Math.max(1, Math.trunc(statementTimeoutMs)),
    lock_timeout: limits.lockMs,
    idle_in_transaction_session_timeout: limits.idleInTransactionMs,
    timezone: 'UTC',
    datestyle: 'ISO',
    extra_float_digits: 1,
    // Central's own queries need the workers more.
    max_parallel_workers_per_gather: 0,
  };
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}
