/** What a person or a pipe says to a verb: answers, and passwords that do not show. */
import { cliFault } from '../errors.ts';

/** Standard input, as one line at a time or as a whole. */
export interface Input {
  /** Whether a person types. */
  readonly isTerminal: boolean;
  /** The next line without its end, or undefined at the end of the input. */
  line(): Promise<string | undefined>;
  /** Everything that is left, as it came. */
  rest(limitBytes: number): Promise<Buffer>;
  /** Asks a person for something that does not show while it is typed. Only on a terminal. */
  hidden(question: string): Promise<string>;
}

/** The standard input of this process; opened only when something is asked. */
export function standardInput(): Input {
  const reader = pipeReader();
  return {
    isTerminal: process.stdin.isTTY,
    line: () => reader.line(),
    rest: (limitBytes) => reader.rest(limitBytes),
    hidden: askHidden,
  };
}

function pipeReader(): Pick<Input, 'line' | 'rest'> {
  let kept = Buffer.alloc(0);
  let pieces: AsyncIterator<Buffer> | undefined;
  async function more(): Promise<boolean> {
    pieces ??= process.stdin[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const next = await pieces.next();
    if (next.done === true) return false;
    kept = Buffer.concat([kept, next.value]);
    return true;
  }
  return {
    async line() {
      while (!kept.includes(0x0a) && kept.length < 64 * 1024 && (await more()));
      if (kept.length === 0) return undefined;
      const end = kept.indexOf(0x0a);
      const line = (end === -1 ? kept : kept.subarray(0, end)).toString('utf8');
      kept = end === -1 ? Buffer.alloc(0) : kept.subarray(end + 1);
      // A terminal would keep the program alive while it waits for the next line.
      if (process.stdin.isTTY) process.stdin.pause();
      return line.replace(/\r$/, '');
    },
    async rest(limitBytes) {
      while (kept.length <= limitBytes && (await more()));
      const all = kept;
      kept = Buffer.alloc(0);
      return all;
    },
  };
}

const interrupt = '\u0003';
const endOfInput = '\u0004';

/** Reads one line with the terminal's echo switched off. */
async function askHidden(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  try {
    return await new Promise<string>((resolve, reject) => {
      let typed = '';
      stdin.on('data', (piece: Buffer | string) => {
        for (const character of String(piece)) {
          if (character === '\r' || character === '\n') return resolve(typed);
          if (character === interrupt || (character === endOfInput && typed === '')) return reject(interrupted());
          typed = character === '\u007f' || character === '\b' ? [...typed].slice(0, -1).join('') : typed + character;
        }
      });
    });
  } finally {
    stdin.removeAllListeners('data');
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

function interrupted(): Error {
  return cliFault({
    code: 'declined',
    message: 'No password was entered.',
    hint: 'Nothing was changed; run it again.',
  });
}
