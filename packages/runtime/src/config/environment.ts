/** Where values come from: the process environment, a `.env` file, and files named by `<NAME>_FILE`. */
import { closeSync, openSync, readSync } from 'node:fs';
import { parseDotenv } from './dotenv.ts';

/** Variables as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One thing wrong with the configuration. `shown` is the offending value where it may be shown. */
export interface Mistake {
  readonly variable: string;
  readonly why: string;
  readonly shown?: string;
  readonly allowed?: string;
}

/** A variable as found: the spelling used, and whether the process or the `.env` file set it. */
export interface FoundVariable {
  readonly spelling: string;
  readonly text: string;
}

/** A secret or a certificate bundle fits many times over; a mistyped path to a disk image does not. */
const largestValueFile = 1024 * 1024;

/** All variables by upper-case name. The process wins over the `.env` file. */
export function gather(
  env: Environment,
  envFile: string | undefined,
  report: (mistake: Mistake) => void,
): ReadonlyMap<string, FoundVariable> {
  const all = new Map<string, FoundVariable>();
  if (envFile !== undefined) {
    for (const [spelling, text] of readDotenvFile(envFile, report)) all.set(spelling.toUpperCase(), { spelling, text });
  }
  const own = new Map<string, FoundVariable>();
  for (const [spelling, text] of Object.entries(env)) {
    if (text === undefined) continue;
    const name = spelling.toUpperCase();
    const other = own.get(name);
    if (other !== undefined && other.text !== text) {
      report({ variable: name, why: `set twice with different values, as ${other.spelling} and as ${spelling}` });
    }
    own.set(name, { spelling, text });
  }
  // An empty variable of the process does not hide a value of the file: empty means "not set".
  for (const [name, variable] of own) if (variable.text !== '' || !all.has(name)) all.set(name, variable);
  return all;
}

/** The text of a file named by a `<NAME>_FILE` variable, without its trailing newline, or why there is none. */
export function readValueFile(path: string): { readonly text: string } | { readonly why: string } {
  const bytes = readBytes(path);
  if (typeof bytes === 'string') return { why: bytes };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '') };
  } catch {
    return { why: 'the file is not UTF-8 text' };
  }
}

function readDotenvFile(path: string, report: (mistake: Mistake) => void): ReadonlyMap<string, string> {
  const bytes = readBytes(path);
  // A missing .env file is the normal case; one that cannot be read is not.
  if (bytes === 'the file does not exist') return new Map();
  if (typeof bytes === 'string') {
    report({ variable: '.env', shown: path, why: bytes });
    return new Map();
  }
  const content = parseDotenv(bytes.toString('utf8'));
  for (const line of content.badLines) {
    report({ variable: '.env', shown: path, why: `line ${line} is not NAME=value`, allowed: 'NAME=value, # comment' });
  }
  return content.values;
}

function readBytes(path: string): Buffer | string {
  try {
    const file = openSync(path, 'r');
    try {
      return readAll(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return reasonOf(error);
  }
}

function readAll(file: number): Buffer | string {
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const chunk = Buffer.alloc(65_536);
    const count = readSync(file, chunk);
    if (count === 0) return Buffer.concat(chunks);
    size += count;
    if (size > largestValueFile) return 'the file is larger than the 1 MiB allowed';
    chunks.push(chunk.subarray(0, count));
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'the file does not exist';
  if (code === 'EACCES') return 'this user may not read the file';
  if (code === 'EISDIR') return 'the path is a folder, not a file';
  return `the file cannot be read (${String(code)})`;
}
