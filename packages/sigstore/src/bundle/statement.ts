/** in-toto statements, v0.1 and v1: what is claimed (a predicate) about which content (subjects). */
import { excerpt } from '@pratique/runtime/fault';
import { sigstoreFault } from '../errors.ts';
import { goJson, sortedMembers } from '../json/go-json.ts';
import type { GoJson } from '../json/go-json.ts';
import { isJsonObject, parseStrictJson } from '../json/strict-json.ts';

/** Predicate type of a statement that only says "signed". */
export const signPredicateType = 'https://sigstore.dev/cosign/sign/v1';

const versions = { '0.1': 'https://in-toto.io/Statement/v0.1', '1': 'https://in-toto.io/Statement/v1' } as const;

/** Most subjects of a statement and most digests of a subject, as sigstore's libraries have it. */
export const statementLimits = { subjects: 1024, digests: 32 } as const;

/** Content a statement is about. */
export interface Subject {
  readonly name?: string;
  /** Hex by algorithm name: `{ sha256: '…' }`. */
  readonly digest: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A statement that was read. */
export interface Statement {
  readonly version: '0.1' | '1';
  readonly subjects: readonly Subject[];
  readonly predicateType: string;
  readonly predicate: unknown;
}

/** The statement that signs an image: one subject without a name, an empty predicate. `digest` is `sha256:…`. */
export function writeSignStatement(digest: string, annotations: Readonly<Record<string, string>> = {}): Uint8Array {
  const hasAnnotations = Object.keys(annotations).length > 0;
  const subject = {
    digest: digestMember(digest),
    ...(hasAnnotations ? { annotations: sortedMembers(annotations) } : {}),
  };
  const statement = { _type: versions['1'], subject: [subject], predicateType: signPredicateType, predicate: {} };
  return Buffer.from(goJson(statement));
}

/** What is attested about one image. */
export interface Attestation {
  /** Registry and repository without tag. */
  readonly name: string;
  /** `sha256:…` */
  readonly digest: string;
  readonly predicateType: string;
  readonly predicate: GoJson;
}

/** The statement of an attestation, in the version that cosign writes for them. */
export function writeAttestation({ name, digest, predicateType, predicate }: Attestation): Uint8Array {
  const subject = [{ name, digest: digestMember(digest) }];
  return Buffer.from(goJson({ _type: versions['0.1'], predicateType, subject, predicate }));
}

/**
 * Reads a statement.
 *
 * @throws Fault `statement-invalid`
 */
export function parseStatement(bytes: Uint8Array): Statement {
  const parsed = parseStrictJson(bytes);
  if (!parsed.ok) throw invalid(parsed.detail);
  if (!isJsonObject(parsed.value)) throw invalid('is not a JSON object');
  const { _type: type, subject, predicateType, predicate = null } = parsed.value;
  const version = (Object.keys(versions) as (keyof typeof versions)[]).find((name) => versions[name] === type);
  if (version === undefined) throw invalid(`has the type ${excerpt(String(type))}, which is not read`);
  if (typeof predicateType !== 'string' || predicateType === '') throw invalid('has no predicateType');
  if (!Array.isArray(subject) || subject.length === 0) throw invalid('has no subject');
  if (subject.length > statementLimits.subjects) throw invalid(`has more than ${statementLimits.subjects} subjects`);
  return { version, subjects: subject.map(readSubject), predicateType, predicate };
}

/** The first subject that names this digest (`sha256:…`), or undefined. */
export function subjectOf(statement: Statement, digest: string): Subject | undefined {
  const [algorithm = '', hex] = digest.split(':');
  return statement.subjects.find(
    (subject) => Object.hasOwn(subject.digest, algorithm) && subject.digest[algorithm] === hex,
  );
}

function readSubject(value: unknown): Subject {
  if (!isJsonObject(value)) throw invalid('has a subject that is no object');
  const digest = value['digest'];
  if (!isJsonObject(digest) || !isAllText(digest)) throw invalid('has a subject whose digest is no object of texts');
  if (Object.keys(digest).length > statementLimits.digests) {
    throw invalid(`has a subject with more than ${statementLimits.digests} digests`);
  }
  const name = value['name'];
  return {
    ...(typeof name === 'string' && name !== '' ? { name } : {}),
    digest,
    annotations: textsOf(value['annotations'] ?? {}),
  };
}

function isAllText(value: Record<string, unknown>): value is Record<string, string> {
  return Object.values(value).every((inner) => typeof inner === 'string');
}

// Version 1 allows any value; only texts can be asked for, so others are left out.
function textsOf(value: unknown): Record<string, string> {
  if (!isJsonObject(value)) throw invalid('has a subject whose annotations are no object');
  const texts = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(texts);
}

function digestMember(digest: string): Record<string, string> {
  const [algorithm = '', hex = ''] = digest.split(':');
  return { [algorithm]: hex };
}

function invalid(detail: string): Error {
  return sigstoreFault({
    code: 'statement-invalid',
    message: `The in-toto statement ${detail}.`,
    hint: 'Statements of in-toto v0.1 and v1 are read; make it again with `attest`.',
    values: { detail },
  });
}
