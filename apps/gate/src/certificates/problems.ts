/** The problems that are there now: set and cleared by whoever notices them, each once. */
import type { CertificateProblem, CertificateProblemCode } from './certificates.ts';

/** What the log is needed for here. */
export interface ProblemLog {
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

const order = { high: 0, medium: 1, low: 2 } as const;

/** Keeps problems by who noticed them, and says in the log when one comes, changes or goes. */
export class Problems {
  readonly #log: ProblemLog;
  readonly #noticed = new Map<string, readonly CertificateProblem[]>();

  constructor(log: ProblemLog) {
    this.#log = log;
  }

  /** Everything that this part notices now; what it noticed before and is not in the list is over. */
  set(part: string, problems: readonly CertificateProblem[]): void {
    const before = this.#noticed.get(part) ?? [];
    this.#noticed.set(part, problems);
    for (const { code, cause, fix, severity } of problems) {
      if (before.some((one) => one.code === code && one.cause === cause)) continue;
      this.#log.warn({ problem: code, severity, cause, fix }, `certificates: ${cause}`);
    }
    for (const { code } of before) {
      if (!problems.some((one) => one.code === code))
        this.#log.info({ problem: code }, 'certificates: problem is over');
    }
  }

  /** The most severe first; of the same code only the first. */
  current(): readonly CertificateProblem[] {
    const all = [...this.#noticed.values()].flat().toSorted((a, b) => order[a.severity] - order[b.severity]);
    const codes = new Set<CertificateProblemCode>();
    return all.filter(({ code }) => !codes.has(code) && codes.add(code));
  }
}
