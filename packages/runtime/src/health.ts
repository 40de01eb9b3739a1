/**
 * What can be wrong with a program, as data. Each problem is declared once with its words; the code that notices
 * trouble only sets or clears it. Probes, the UI and `doctor` then show the same words without knowing the program.
 */

/** `high`: the program does not do its job; `medium`: part of it; `low`: worth knowing. */
export type Severity = 'low' | 'medium' | 'high';

/** One thing that can be wrong. */
export interface ProblemDeclaration<C extends string = string> {
  /** Stable, kebab-case; also the anchor in docs/troubleshooting.md. */
  readonly code: C;
  readonly title: string;
  readonly severity: Severity;
  /** What it means and what to do, in a sentence or two. */
  readonly text: string;
  /** Problems that cause this one: while one of them is set, this one stays quiet. */
  readonly dependsOn?: readonly C[];
  /** Milliseconds it must last before it counts; default 0. Keeps a single lost packet from paging someone. */
  readonly afterMs?: number;
}

/** A problem that is there now. */
export interface Problem<C extends string = string> {
  readonly code: C;
  readonly title: string;
  readonly severity: Severity;
  readonly text: string;
  /** When it was first noticed, ISO 8601. */
  readonly since: string;
  /** The values that prove it; never secrets. */
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** The state of a program in a form that explains itself. */
export interface HealthReport {
  readonly program: string;
  readonly status: 'healthy' | 'degraded' | 'failing';
  readonly at: string;
  readonly problems: readonly Problem[];
  /** Problems that are set but quiet because of a cause, with that cause. */
  readonly quiet: readonly { readonly code: string; readonly because: string }[];
}

/** The problems of one program. */
export interface Health<C extends string> {
  /** Notes that a problem is there. Setting it again keeps its beginning and takes the newer evidence. */
  set(code: C, evidence?: Readonly<Record<string, unknown>>): void;
  /** Notes that a problem is gone. */
  clear(code: C): void;
  /** The problems that count now, the most severe first, then the oldest. */
  current(): readonly Problem<C>[];
  report(): HealthReport;
}

interface Entry {
  readonly since: number;
  readonly evidence: Readonly<Record<string, unknown>>;
}

const order: Readonly<Record<Severity, number>> = { high: 0, medium: 1, low: 2 };

/**
 * Makes the health of a program from its declared problems.
 *
 * @param now gives the time in milliseconds since 1970
 * @throws Error when a code is declared twice or causes form a circle: a bug of the program
 *
 * @example
 * const health = createHealth({ program: 'hub', now: Date.now, problems: [
 *   { code: 'stackrox-away', title: 'No StackRox data', severity: 'high', text: 'Check the service central-db.' },
 *   { code: 'snapshot-old', title: 'Old data', severity: 'medium', text: '…', dependsOn: ['stackrox-away'] },
 * ] });
 * health.set('stackrox-away', { host: 'central-db' });
 */
export function createHealth<const C extends string>(options: {
  readonly program: string;
  readonly problems: readonly ProblemDeclaration<C>[];
  readonly now: () => number;
}): Health<C> {
  return new NoticedProblems(options.program, options.problems, options.now);
}

class NoticedProblems<C extends string> implements Health<C> {
  readonly #program: string;
  readonly #catalogue: ReadonlyMap<C, ProblemDeclaration<C>>;
  readonly #now: () => number;
  readonly #noticed = new Map<C, Entry>();

  constructor(program: string, problems: readonly ProblemDeclaration<C>[], now: () => number) {
    this.#program = program;
    this.#catalogue = new Map(problems.map((problem) => [problem.code, problem]));
    this.#now = now;
    if (this.#catalogue.size !== problems.length) throw new Error('a problem is declared twice');
    for (const code of this.#catalogue.keys()) refuseCircle(this.#catalogue, code, []);
  }

  set(code: C, evidence: Readonly<Record<string, unknown>> = {}): void {
    if (!this.#catalogue.has(code)) throw new Error(`the problem ${code} is not declared`);
    this.#noticed.set(code, { since: this.#noticed.get(code)?.since ?? this.#now(), evidence });
  }

  clear(code: C): void {
    this.#noticed.delete(code);
  }

  current(): readonly Problem<C>[] {
    const shown: Problem<C>[] = [];
    for (const [code, { since, evidence }] of this.#noticed) {
      const declared = this.#catalogue.get(code);
      if (declared === undefined || !this.#counts(code) || this.#causeOf(code) !== undefined) continue;
      const { title, severity, text } = declared;
      shown.push({ code, title, severity, text, since: new Date(since).toISOString(), evidence });
    }
    return shown.toSorted((a, b) => order[a.severity] - order[b.severity] || a.since.localeCompare(b.since));
  }

  report(): HealthReport {
    const problems = this.current();
    const quiet = [...this.#noticed.keys()].flatMap((code) => {
      const because = this.#counts(code) ? this.#causeOf(code) : undefined;
      return because === undefined ? [] : [{ code, because }];
    });
    const at = new Date(this.#now()).toISOString();
    return { program: this.#program, status: statusOf(problems), at, problems, quiet };
  }

  #counts(code: C): boolean {
    const entry = this.#noticed.get(code);
    return entry !== undefined && this.#now() - entry.since >= (this.#catalogue.get(code)?.afterMs ?? 0);
  }

  /** The nearest set cause, looked for through causes that are not set themselves. */
  #causeOf(code: C): C | undefined {
    for (const cause of this.#catalogue.get(code)?.dependsOn ?? []) {
      if (this.#counts(cause)) return cause;
      const further = this.#causeOf(cause);
      if (further !== undefined) return further;
    }
    return undefined;
  }
}

function statusOf(problems: readonly Problem[]): HealthReport['status'] {
  if (problems.every((problem) => problem.severity === 'low')) return 'healthy';
  return problems.some((problem) => problem.severity === 'high') ? 'failing' : 'degraded';
}

function refuseCircle<C extends string>(
  catalogue: ReadonlyMap<C, ProblemDeclaration<C>>,
  code: C,
  path: readonly C[],
): void {
  if (path.includes(code)) throw new Error(`problems cause each other: ${[...path, code].join(' → ')}`);
  for (const cause of catalogue.get(code)?.dependsOn ?? []) {
    if (!catalogue.has(cause)) throw new Error(`the problem ${code} depends on ${cause}, which is not declared`);
    refuseCircle(catalogue, cause, [...path, code]);
  }
}
