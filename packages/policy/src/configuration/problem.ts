/** What is wrong with a configuration, or only worth knowing, said so that a person finds the place and the way out (CFG-5). */
import { excerpt } from '@pratique/runtime/fault';

/** What kind of mistake it is; stable, for machines. */
export type ProblemCode =
  | 'yaml-invalid'
  | 'document-too-large'
  | 'duplicate-key'
  | 'unknown-key'
  | 'value-missing'
  | 'value-wrong'
  | 'name-duplicate'
  | 'name-unknown'
  | 'name-unusual'
  | 'exclusive'
  | 'key-unreadable'
  | 'key-duplicate'
  | 'certificate-unreadable'
  | 'pattern-invalid'
  | 'pattern-wide'
  | 'regex-invalid'
  | 'regex-unanchored'
  | 'identity-wide'
  | 'option-ignored'
  | 'rules-identical'
  | 'insecure'
  | 'unsupported';

/** One finding about a configuration. */
export interface Problem {
  readonly severity: 'error' | 'warning' | 'info';
  readonly code: ProblemCode;
  /** `validators[1].trustRoots[0].key`; empty for the whole document. */
  readonly path: string;
  /** From 1; absent where the document could not be read so far. */
  readonly line?: number;
  readonly column?: number;
  /** A sentence without its full stop. Never holds a secret. */
  readonly message: string;
  /** What stands there, cut to a safe length; absent where it is a secret or there is nothing. */
  readonly value?: string;
  /** What may stand there. */
  readonly allowed?: string;
  /** The word that was probably meant. */
  readonly suggestion?: string;
  readonly nextStep: string;
}

/** Where something stands in the text, from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A problem as its finder tells it. */
export interface Told extends Omit<Problem, 'severity' | 'path' | 'line' | 'column' | 'value'> {
  readonly path: string;
  readonly at?: Position;
  readonly value?: unknown;
}

/** More errors than these, or more warnings, help nobody; how many errors there were is said. */
const mostProblems = 200;

/** Collects problems while a document is read. */
export class Findings {
  readonly #all: Problem[] = [];
  #errors = 0;
  #more = 0;

  error(told: Told): void {
    this.#add('error', told);
  }

  warning(told: Told): void {
    this.#add('warning', told);
  }

  info(told: Told): void {
    this.#add('info', told);
  }

  get errors(): readonly Problem[] {
    const errors = this.#of((severity) => severity === 'error');
    if (this.#more === 0) return errors;
    const message = `there are ${this.#more} more problems, which are not listed`;
    return [
      ...errors,
      { severity: 'error', code: 'value-wrong', path: '', message, nextStep: 'Correct those above first.' },
    ];
  }

  /** Everything that is not an error. */
  get warnings(): readonly Problem[] {
    return this.#of((severity) => severity !== 'error');
  }

  /** In the order of the text. */
  #of(isWanted: (severity: Problem['severity']) => boolean): readonly Problem[] {
    const place = ({ line = 0, column = 0 }: Problem): number => line * 1e7 + column;
    return this.#all.filter(({ severity }) => isWanted(severity)).toSorted((one, other) => place(one) - place(other));
  }

  #add(severity: Problem['severity'], { at, value, ...told }: Told): void {
    const isError = severity === 'error';
    if ((isError ? this.#errors : this.#all.length - this.#errors) >= mostProblems) {
      this.#more += isError ? 1 : 0;
      return;
    }
    this.#errors += isError ? 1 : 0;
    const shown = shownValue(value);
    this.#all.push({ severity, ...told, ...at, ...(shown === undefined ? {} : { value: shown }) });
  }
}

/** A value of a configuration for messages: short, on one line, without keys and passwords. */
export function shownValue(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string' || value === '') return undefined;
  if (value.includes('-----BEGIN') || value.includes('\n')) return undefined;
  return excerpt(value.replace(/\/\/[^/@\s]*@/g, '//…@'), 60);
}

/** How problems are printed. */
export interface Description {
  /** The file they are in, as people know it. */
  readonly file: string;
}

/**
 * Problems for a person: one numbered paragraph each, with file, line, cause and next step.
 *
 * @returns lines that end with a line feed; empty where there is no problem
 */
export function describeProblems(problems: readonly Problem[], { file }: Description): string {
  return problems.map((problem, index) => `${paragraph(problem, index, file)}\n`).join('');
}

function paragraph(problem: Problem, index: number, file: string): string {
  const { severity, path, line, column, message, value, allowed, suggestion, nextStep } = problem;
  const place = line === undefined ? file : `${file}:${line}:${column}`;
  const found = value === undefined || message.includes(value) ? '' : ` (found: ${value})`;
  const meant = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`;
  const may = allowed === undefined || message.includes(allowed) ? '' : `\n   allowed: ${allowed}`;
  const where = path === '' ? '' : ` ${path}:`;
  return `${index + 1}. ${severity} at ${place}:${where} ${message}${found}.${meant}${may}\n   next: ${nextStep}`;
}
