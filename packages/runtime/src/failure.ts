/** What a person sees when a program cannot go on. */
import { maskUrls } from './config/mask.ts';
import { Fault } from './fault.ts';

/** Exit codes of a program that failed: a fault is the world's, a bug (EX_SOFTWARE of sysexits) is ours. */
export const exitCodes = { fault: 1, bug: 70 } as const;

/** A failure in words, with the exit code it leads to. */
export interface FailureReport {
  readonly exitCode: number;
  /** Ends with a newline. A fault shows message, causes and next step; a bug shows its stack. */
  readonly text: string;
}

/** Tells a fault from a bug and words it for the terminal. Credentials in URLs are hidden. */
export function describeFailure(program: string, error: unknown): FailureReport {
  if (error instanceof Fault) {
    const lines = [
      `${program}: ${error.message}`,
      ...causes(error.cause),
      `  What to do: ${error.hint}`,
      `  Code: ${error.code}`,
    ];
    return { exitCode: exitCodes.fault, text: maskUrls(`${lines.join('\n')}\n`) };
  }
  const shown = error instanceof Error ? (error.stack ?? String(error)) : `thrown: ${String(error)}`;
  return {
    exitCode: exitCodes.bug,
    text: maskUrls(`${program}: a bug in this program, please report it.\n${shown}\n`),
  };
}

function causes(error: unknown): readonly string[] {
  const lines: string[] = [];
  for (let cause = error; cause instanceof Error && lines.length < 8; cause = cause.cause) {
    // Several parts can fail at once; each is a line of its own.
    const messages = cause instanceof AggregateError ? cause.errors.map(messageOf) : [messageOf(cause)];
    lines.push(...messages.filter((message) => message !== '').map((message) => `  Because: ${message}`));
  }
  return lines.slice(0, 8);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
