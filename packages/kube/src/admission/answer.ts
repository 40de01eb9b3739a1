/** What the API server is answered (admission 3.2, ADM-2, ADM-3, ADM-20). */
import type { PatchOperation } from './patch.ts';
import type { ReviewAddress } from './review.ts';

/** One reason of a denial, as `metav1.StatusCause`. */
export interface DenialCause {
  /** Stable word: the class of the refusal. */
  readonly reason: string;
  readonly message: string;
  /** The field it is about, as a JSON pointer. */
  readonly field: string;
}

/** A decision on a request. */
export type AdmissionAnswer =
  | { readonly allowed: true; readonly patch: readonly PatchOperation[]; readonly warnings: readonly string[] }
  | {
      readonly allowed: false;
      readonly message: string;
      readonly causes: readonly DenialCause[];
      readonly warnings: readonly string[];
    };

/** The API server cuts warnings at these lengths; we cut them where a person can still read them. */
const maxWarning = 256;
const maxWarnings = 4096;
/** Messages of a status are shown whole by kubectl; many images with long names stay readable. */
const maxMessage = 16_384;
const maxCauses = 100;
const maxCause = 2048;

/** The body of the answer, as JSON text, in the version of the request. */
export function writeAdmissionAnswer({ apiVersion, kind, uid }: ReviewAddress, answer: AdmissionAnswer): string {
  const warnings = answer.warnings.length === 0 ? {} : { warnings: limitWarnings(answer.warnings) };
  return JSON.stringify({ apiVersion, kind, response: { uid, ...decisionOf(answer), ...warnings } });
}

function decisionOf(answer: AdmissionAnswer): Readonly<Record<string, unknown>> {
  if (answer.allowed) {
    // The API server refuses a patch type without a patch.
    if (answer.patch.length === 0) return { allowed: true };
    const patch = Buffer.from(JSON.stringify(answer.patch)).toString('base64');
    return { allowed: true, patchType: 'JSONPatch', patch };
  }
  const { message, causes } = answer;
  const details = causes.length === 0 ? {} : { details: { causes: limitCauses(causes) } };
  const status = { status: 'Failure', message: cut(message, maxMessage), reason: 'Forbidden', code: 403, ...details };
  return { allowed: false, status };
}

/** An answer that is too long is none, and then `failurePolicy` decides in place of the gate. */
function limitCauses(causes: readonly DenialCause[]): readonly DenialCause[] {
  const kept = causes.slice(0, maxCauses).map((cause) => ({ ...cause, message: cut(cause.message, maxCause) }));
  const more = causes.length - kept.length;
  const [first] = causes;
  return more === 0 || first === undefined ? kept : [...kept, { ...first, message: `and ${more} more`, field: '' }];
}

/**
 * Warnings as the API server takes them: one line each, at most 256 characters, 4096 in all, no control characters. Lines of one
 * text become warnings of their own; what does not fit is counted in the last.
 */
export function limitWarnings(texts: readonly string[]): readonly string[] {
  const lines = texts.flatMap((text) => text.split(/\r?\n/)).map((line) => cut(printable(line).trim(), maxWarning));
  const all = [...new Set(lines.filter((line) => line !== ''))];
  const kept: string[] = [];
  // Room for the sentence that counts the rest.
  let room = maxWarnings - 40;
  for (const line of all) {
    if (line.length > room) break;
    room -= line.length;
    kept.push(line);
  }
  return kept.length === all.length ? kept : [...kept, `and ${all.length - kept.length} more warnings`];
}

function printable(line: string): string {
  // oxlint-disable-next-line no-control-regex -- naming the control characters is the purpose
  return line.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g, ' ').toWellFormed();
}

function cut(text: string, length: number): string {
  // A character of two units is not cut in half.
  return text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
