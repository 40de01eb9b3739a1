import colors from 'picocolors';
import { Fault } from '@pratique/runtime/fault';
import { maskUrls } from '@pratique/runtime/config';
import { describeFailure } from '@pratique/runtime/serve';

/** The only place of the command that writes to the terminal. Results go to standard output, everything else to standard error. */

/** A line of result. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** A line about what is going on; never part of a result. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * An error as a person can use it: a fault with its next step and no stack, a defect with its stack. As JSON it is one line
 * `{"error":{"code","message","hint","values"}}`, for scripts that asked for JSON.
 */
export function printFailure(error: unknown, { asJson }: { readonly asJson: boolean } = { asJson: false }): void {
  const text = describeFailure('pratique', error).text;
  process.stderr.write(asJson && error instanceof Fault ? `${failureAsJson(error)}\n` : text);
}

function failureAsJson(fault: Fault): string {
  const { code, message, hint, values } = fault;
  const because: string[] = [];
  for (let cause = fault.cause; cause instanceof Error && because.length < 8; cause = cause.cause) {
    because.push(cause.message);
  }
  // Messages may quote addresses with credentials.
  return maskUrls(JSON.stringify({ error: { code, message, because, hint, values } }));
}

/** What colours mean; the same everywhere. */
export interface Emphasis {
  readonly strong: (text: string) => string;
  readonly link: (text: string) => string;
  readonly quiet: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
}

function emphasisFor(stream: { readonly isTTY?: boolean }): Emphasis {
  // Asked of the stream that is written to: results may go to a file while messages stay on the terminal.
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const isAble = stream.isTTY === true && TERM !== 'dumb';
  const use = colors.createColors((NO_COLOR ?? '') === '' && (isAble || (FORCE_COLOR ?? '') !== ''));
  return {
    strong: use.bold,
    link: use.cyan,
    quiet: use.dim,
    warning: use.yellow,
    good: use.green,
    bad: use.red,
  };
}

/** Emphasis that obeys NO_COLOR and disappears where the output is no terminal. */
export const emphasis = emphasisFor(process.stdout);

/** The same for what goes to standard error. */
export const aside = emphasisFor(process.stderr);

/** One line that is replaced while work goes on; plain lines where there is no terminal. */
export function progressLine(): { show(text: string): void; clear(): void } {
  const live = process.stderr.isTTY;
  return {
    show(text) {
      if (live) {
        process.stderr.write(`\r\u001b[2K${colors.dim('…')} ${text}`);
      }
    },
    clear() {
      if (live) {
        process.stderr.write('\r\u001b[2K');
      }
    },
  };
}
