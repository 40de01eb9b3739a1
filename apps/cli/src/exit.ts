import { Fault } from '@pratique/runtime/fault';

/** What the exit code of any verb means; verbs with outcomes of their own add theirs to their help. */
export const exitCodes = {
  done: 0,
  /** Something could not be done; the message says what, why and what to do. */
  fault: 1,
  /** The command line was wrong. */
  usage: 2,
  /** A defect of this program. */
  defect: 70,
} as const;

/** The exit code of an error that reached the top. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Fault) {
    return error.code === 'usage' ? exitCodes.usage : exitCodes.fault;
  }
  return exitCodes.defect;
}
