import colors from 'picocolors';
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

/** An error as a person can use it: a fault with its next step and no stack, a defect with its stack. */
export function printFailure(error: unknown): void {
  process.stderr.write(describeFailure('pratique', error).text);
}

/** Emphasis that obeys NO_COLOR and disappears where the output is no terminal. */
export const emphasis = {
  strong: (text: string) => colors.bold(text),
  link: (text: string) => colors.cyan(text),
  quiet: (text: string) => colors.dim(text),
  warning: (text: string) => colors.yellow(text),
};

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
