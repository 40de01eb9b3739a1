import { Fault } from '@pratique/runtime/fault';

/** What the exit code of any verb means; verbs with outcomes of their own add theirs to their help. */
export const exitCodes = {
  done: 0,
  /** Something could not be done; the message says what, why and what to do. */
  fault: 1,
  /** The command line was wrong. The verbs of signing leave with 1 there, as cosign does. */
  usage: 2,
  /** A defect of this program. */
  defect: 70,
} as const;

/** What looking for and judging signatures can come to; cosign's codes where it has one. */
export const outcomeExitCodes = {
  verified: 0,
  'no-signatures': 10,
  'no-attestations': 10,
  'attestations-only': 10,
  'image-not-found': 11,
  'no-match': 12,
  'no-certificate': 13,
  'trust-material': 20,
  'registry-auth': 21,
  'registry-unavailable': 22,
  'registry-storage': 23,
} as const;

/** The name of an outcome of signing. */
export type OutcomeClass = keyof typeof outcomeExitCodes;

/** The exit code of an error that reached the top. Verbs of signing have more: `signing/outcomes.ts`. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof Fault)) return exitCodes.defect;
  return error.code === 'usage' ? exitCodes.usage : exitCodes.fault;
}
