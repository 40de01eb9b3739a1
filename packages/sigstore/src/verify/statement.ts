/** in-toto statements as signatures of images: which image they are about and what they say. */
import { excerpt } from '@pratique/runtime/fault';
import { subjectOf } from '../bundle/statement.ts';
import type { Statement, Subject } from '../bundle/statement.ts';
import { held, stopped } from './check.ts';
import type { Checked } from './check.ts';
import type { SignedDocument } from './verdict.ts';

/** The subject with that digest (`sha256:…`), or which ones are named instead. */
export function findSubject(statement: Statement, digest: string): Checked<Subject> {
  const found = subjectOf(statement, digest);
  if (found !== undefined) return held(found);
  const named = statement.subjects
    .slice(0, 3)
    .flatMap((subject) =>
      Object.entries(subject.digest).map(([algorithm, hex]) => excerpt(`${algorithm}:${hex}`, 140)),
    );
  return otherDigest(named.join(', '), digest);
}

/** The refusal of a signature that is about another image. */
export function otherDigest(claimed: string, wanted: string): Checked<never> {
  return stopped(
    'digest-mismatch',
    `The signature is for ${claimed || 'nothing'}, not for ${wanted}.`,
    'Another image was signed, or this one under an earlier digest: sign this digest, or verify the one that was signed.',
  );
}

/** Whether every wanted annotation is there with its value; others may be there too. */
export function verifyAnnotations(
  present: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, string>> | undefined,
): Checked<undefined> {
  for (const [name, value] of Object.entries(wanted ?? {})) {
    const actual = Object.hasOwn(present, name) ? present[name] : undefined;
    if (actual === value) continue;
    const found = actual === undefined ? 'missing' : excerpt(JSON.stringify(actual) ?? '', 120);
    return stopped(
      'annotation-mismatch',
      `The annotation ${excerpt(name)} is ${found}; wanted is ${JSON.stringify(excerpt(value, 120))}.`,
      'Sign with that annotation (-a name=value), or ask for the one that is there.',
    );
  }
  return held(undefined);
}

/** The statement and the subject that fits, as a verdict keeps it. */
export function statementDocument(
  statement: Statement,
  payload: Uint8Array,
  subject: Subject | undefined,
): Extract<SignedDocument, { kind: 'statement' }> {
  return {
    kind: 'statement',
    predicateType: statement.predicateType,
    annotations: subject?.annotations ?? {},
    predicate: statement.predicate,
    payload,
  };
}
