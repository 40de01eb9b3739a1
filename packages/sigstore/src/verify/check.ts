/** The result of one step of a checklist: a value to go on with, or the reason to stop. */
import { isFault } from '@pratique/runtime/fault';
import type { Reason, Rejection } from './verdict.ts';

/** A step that held. */
export interface Held<T> {
  readonly ok: true;
  readonly value: T;
}

/** A step that did not hold. */
export interface Stopped {
  readonly ok: false;
  readonly rejection: Rejection;
}

export type Checked<T> = Held<T> | Stopped;

/** The step holds. */
export function held<T>(value: T): Held<T> {
  return { ok: true, value };
}

/** The step does not hold: the reason, one sentence, and what the reader can do. */
export function stopped(reason: Reason, detail: string, nextStep: string): Stopped {
  return { ok: false, rejection: { reason, detail, nextStep } };
}

/**
 * What a reader of a format says: its value, or its fault as the reason `unsupported-format`. Anything that is no fault is a
 * bug and passes through.
 */
export function readable<T>(read: () => T): Checked<T> {
  try {
    return held(read());
  } catch (error) {
    if (!isFault(error)) throw error;
    return stopped('unsupported-format', error.message, error.hint);
  }
}
