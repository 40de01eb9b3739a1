/** From what was thrown to an exit code: signing.md 4.1. */
import { ociFaultClass, type OciFaultCode } from '@pratique/oci';
import { Fault } from '@pratique/runtime/fault';
import { cliFault } from '../errors.ts';
import { exitCodes, outcomeExitCodes, type OutcomeClass } from '../exit.ts';

/** Exit codes in the words of a help text, for verbs that look at signatures. */
export const outcomeHelp = `
Exit codes: 0 verified; 1 wrong command line, unreadable file or wrong password; 10 nothing found; 11 no such image;
12 found, none valid; 13 no certificate; 20 trust material missing; 21 login refused; 22 registry unreachable;
23 registry cannot store; 70 a defect.`;

/** The exit code of an error that reached the top of a verb of signing. */
export function signingExitCode(error: unknown): number {
  if (!(error instanceof Fault)) return exitCodes.defect;
  const outcome = outcomeOfFault(error);
  return outcome === undefined ? exitCodes.fault : outcomeExitCodes[outcome];
}

/** The outcome a fault amounts to, where it has an exit code of its own. */
export function outcomeOfFault(fault: Fault): OutcomeClass | undefined {
  if (fault.code === 'timed-out') return 'registry-unavailable';
  if (/^trust(?:ed)?-/.test(fault.code)) return 'trust-material';
  // Codes of other packages have no class there and come back as `internal`.
  const found = ociFaultClass(fault.code as OciFaultCode);
  return found in outcomeExitCodes ? (found as OutcomeClass) : undefined;
}

/** An error as it should be told: the end of the time limit is no defect. */
export function explainedFailure(error: unknown, signal: AbortSignal): unknown {
  const isTimeUp = signal.aborted && !(error instanceof Fault);
  if (!isTimeUp) return error;
  return cliFault({
    code: 'timed-out',
    message: 'The time limit passed before it was done.',
    hint: 'Check that registry and services are reachable; --timeout 10m gives more time.',
  });
}
