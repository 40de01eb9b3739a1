import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { isFault } from '@pratique/runtime/fault';
import { withDeadline } from '@pratique/runtime/limit';

/** Longest a database may take to prove it is there, in milliseconds. */
const checkTimeoutMs = 3_000;

/** The only words `/ready` uses for a part; drivers are never quoted to strangers. */
export const readyReasons = ['ok', 'timeout', 'unreachable', 'auth_failed', 'schema_unsupported', 'error'] as const;
export type ReadyReason = (typeof readyReasons)[number];

/** Proves that a part works, or throws. */
export type ReadyCheck = () => Promise<unknown>;

/** The parts `/ready` asks. */
export interface ReadyChecks {
  readonly app_db: ReadyCheck;
  readonly stackrox_db: ReadyCheck;
}

const Reason = Type.Union(readyReasons.map((reason) => Type.Literal(reason)));
const Checks = Type.Object({ app_db: Reason, stackrox_db: Reason });
const Health = Type.Object({ status: Type.Literal('ok') });
const Ready = Type.Object({ status: Type.Union([Type.Literal('ok'), Type.Literal('degraded')]), checks: Checks });

/** `/health`: the process answers. `/ready`: both databases answer, each within three seconds. */
export function registerHealth(app: FastifyInstance, checks: ReadyChecks): void {
  app.get('/health', {
    config: { access: 'public' },
    schema: {
      summary: 'Whether the process is alive',
      operationId: 'health',
      tags: ['health'],
      response: { 200: Health },
    },
    handler: () => ({ status: 'ok' }) as const,
  });
  const ask = shareWhileRunning(async () => {
    const [appDb, stackroxDb] = await Promise.all([reasonOf(checks.app_db), reasonOf(checks.stackrox_db)]);
    return { app_db: appDb, stackrox_db: stackroxDb };
  });
  app.get('/ready', {
    config: { access: 'public' },
    schema: {
      summary: 'Whether both databases can be used',
      operationId: 'ready',
      tags: ['health'],
      response: { 200: Ready, 503: Ready },
    },
    handler: async (_request, reply) => {
      const found = await ask();
      const fine = found.app_db === 'ok' && found.stackrox_db === 'ok';
      return await reply.code(fine ? 200 : 503).send({ status: fine ? 'ok' : 'degraded', checks: found });
    },
  });
}

async function reasonOf(check: ReadyCheck): Promise<ReadyReason> {
  try {
    await withDeadline(() => check(), { ms: checkTimeoutMs, what: 'the database' });
    return 'ok';
  } catch (error) {
    if (!isFault(error)) return 'error';
    if (error.code === 'deadline-exceeded' || error.code.endsWith('-timeout')) return 'timeout';
    if (error.code.endsWith('-auth-failed')) return 'auth_failed';
    if (error.code.endsWith('-schema-unsupported')) return 'schema_unsupported';
    return /-(?:unavailable|missing|database-missing|tls|busy)$/.test(error.code) ? 'unreachable' : 'error';
  }
}

/** Anybody may ask; while one question is on its way the next ones wait for the same answer. */
function shareWhileRunning<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () =>
    (running ??= work().finally(() => {
      running = null;
    }));
}
