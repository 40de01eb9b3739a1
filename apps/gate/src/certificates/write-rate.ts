/** Notices that somebody else keeps undoing what is written. */
import type { CertificateProblem } from './certificates.ts';

/** More writes than this within a minute: a first start takes six, an overlap as many. */
const usual = 20;

/** Counts writes of the last minute. */
export class WriteRate {
  #times: readonly number[] = [];

  note(now: number): void {
    this.#times = [...this.#times, now];
  }

  /** What is wrong, and until when the next write waits: both writing as fast as they can helps nobody. */
  judge(now: number, pauseMs: number): { readonly problems: readonly CertificateProblem[]; readonly until: number } {
    this.#times = this.#times.filter((at) => at > now - 60_000 && at <= now);
    const last = this.#times.at(-1);
    if (this.#times.length <= usual || last === undefined) return { problems: [], until: now };
    const problem: CertificateProblem = {
      ...{ code: 'contested', severity: 'medium' },
      cause: 'Somebody else keeps writing what the gate writes: more than twenty writes within a minute.',
      fix: 'Find out who: kubectl get mutatingwebhookconfiguration -o yaml --show-managed-fields. A tool that applies the chart must leave caBundle and rules alone.',
    };
    return { problems: [problem], until: last + pauseMs };
  }
}
