/** Whether this replica should be sent reviews (3.1): never a question of registries, caches or logs, which all replicas share. */
import type { HealthReport } from '@pratique/runtime/health';
import type { CertificateFacts } from './certificates/certificates.ts';
import type { ConfigurationFacts } from './configuration/active-configuration.ts';

/** A certificate that ends sooner is no longer relied on. */
const certificateMs = 3_600_000;

/** What readiness is made of. */
export interface ReadinessFacts {
  readonly now: number;
  readonly isDraining: boolean;
  readonly isListening: boolean;
  readonly configuration: ConfigurationFacts & { readonly hash: string };
  readonly certificate: CertificateFacts;
  readonly health: HealthReport;
}

/** One thing that must be so. */
export interface Condition {
  readonly name: 'configuration' | 'certificate' | 'listening' | 'draining';
  readonly ok: boolean;
  readonly detail: string;
}

/** The answer to `/ready`, with its reasons. */
export interface Readiness {
  readonly isReady: boolean;
  readonly conditions: {
    readonly ready: boolean;
    readonly conditions: readonly Condition[];
    readonly configuration: { readonly hash: string; readonly loadedAt: string; readonly problem: string | null };
    readonly problems: HealthReport['problems'];
  };
}

/** Judges readiness. */
export function readinessOf(facts: ReadinessFacts): Readiness {
  const { configuration, health } = facts;
  const conditions = [configurationCondition(facts), certificateCondition(facts), ...lifeConditions(facts)];
  const ready = conditions.every(({ ok }) => ok);
  return {
    isReady: ready,
    conditions: {
      ready,
      conditions,
      configuration: {
        hash: configuration.hash,
        loadedAt: configuration.loadedAt.toISOString(),
        problem: configuration.problem ?? null,
      },
      problems: health.problems,
    },
  };
}

/** There is always one in force, or the program would not run; a newer one that is wrong takes nobody's readiness (CFG-3). */
function configurationCondition({ configuration }: ReadinessFacts): Condition {
  const { problem, loadedAt } = configuration;
  const since = loadedAt.toISOString();
  const detail =
    problem === undefined ? `in force since ${since}` : `that of ${since} is in force, a newer one is wrong`;
  return { name: 'configuration', ok: true, detail };
}

function certificateCondition({ certificate, now }: ReadinessFacts): Condition {
  const { notBefore, notAfter, source, subject } = certificate;
  if (source === 'stand-in') {
    return { name: 'certificate', ok: false, detail: certificate.problems[0]?.cause ?? 'there is none yet' };
  }
  const until = new Date(notAfter).toISOString();
  if (now < notBefore) {
    return { name: 'certificate', ok: false, detail: `valid only from ${new Date(notBefore).toISOString()} on` };
  }
  const ok = notAfter - now >= certificateMs;
  return { name: 'certificate', ok, detail: ok ? `${subject}, until ${until}` : `ends at ${until}` };
}

function lifeConditions({ isListening, isDraining }: ReadinessFacts): readonly Condition[] {
  return [
    { name: 'listening', ok: isListening, detail: isListening ? 'accepting connections' : 'not listening' },
    { name: 'draining', ok: !isDraining, detail: isDraining ? 'this pod is about to go' : 'not stopping' },
  ];
}
