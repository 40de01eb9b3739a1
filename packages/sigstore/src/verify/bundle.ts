/** One sigstore bundle: an envelope or message signature with the material to verify it. */
import { excerpt } from '@pratique/runtime/fault';
import { imageBundleVersions, parseBundle } from '../bundle/bundle-parse.ts';
import type { ParsedBundle } from '../bundle/bundle-parse.ts';
import { preAuthenticationEncoding, statementPayloadType } from '../bundle/dsse.ts';
import type { Envelope } from '../bundle/dsse.ts';
import { parseStatement, signPredicateType } from '../bundle/statement.ts';
import type { Statement } from '../bundle/statement.ts';
import type { BundleCandidate } from '../evidence.ts';
import { schemeName } from '../keys/algorithms.ts';
import { digestOf, toHex } from './bytes.ts';
import { verifyLife } from './certificate.ts';
import { held, readable, stopped } from './check.ts';
import type { Checked } from './check.ts';
import { keySigned, timesOf } from './legacy.ts';
import { storedBytes } from './legacy-material.ts';
import { verifierOfBody } from './log-body.ts';
import type { LoggedContent } from './log-body.ts';
import { verifyLog } from './log.ts';
import { needsLog, trustedKeys } from './policy.ts';
import type { VerificationPolicy } from './policy.ts';
import { fingerprintIn, keySigner, verifyCertificate, verifyWithCertificate, verifyWithKeys } from './signer.ts';
import type { Context, SignedBytes } from './signer.ts';
import { findSubject, statementDocument, verifyAnnotations } from './statement.ts';
import { verifyTimestamps } from './timestamp.ts';
import type { Proof, VerifiedLogEntry, VerifiedTime } from './verdict.ts';
import { parseCertificate } from './x509.ts';
import type { Certificate } from './x509.ts';

/** The checklist of bundles beside images. */
export function judgeBundle(candidate: BundleCandidate, context: Context): Checked<Proof> {
  const bytes = storedBytes(candidate.bundle, 'bundle');
  if (!bytes.ok) return bytes;
  const bundle = readable(() => parseBundle(bytes.value, { versions: imageBundleVersions }));
  if (!bundle.ok) return bundle;
  const content = readContent(bundle.value, context);
  if (!content.ok) return content;
  const vouched = verifyVouched(bundle.value, content.value, context);
  if (!vouched.ok) return vouched;
  const claims = verifyClaims(content.value, context);
  return claims.ok ? held({ ...vouched.value, ...claims.value }) : claims;
}

/** What a bundle signs, read far enough to know what it is about. */
export interface BundleClaims {
  readonly signed: SignedBytes;
  readonly logged: LoggedContent['content'];
  /** Absent for a message, whose meaning is the message itself. */
  readonly statement?: Statement;
  readonly payload?: Uint8Array;
}

function readContent({ content }: ParsedBundle, context: Context): Checked<BundleClaims> {
  if (content.kind === 'message') return readMessage(content.signature, context);
  const claims = readEnvelopeClaims(content.envelope);
  if (!claims.ok) return claims;
  const { predicateType } = claims.value.statement;
  if (predicateType === signPredicateType || context.policy.acceptAnyPredicate === true) return claims;
  return stopped(
    'predicate-mismatch',
    `The bundle is an attestation of type ${excerpt(predicateType, 200)}, not a signature of the image (${signPredicateType}).`,
    'Sign the image as well, or use verify-attestation; --accept-any-predicate takes any bundle as a signature.',
  );
}

/** The statement of an envelope and what its signature covers. */
export function readEnvelopeClaims(envelope: Envelope): Checked<BundleClaims & { readonly statement: Statement }> {
  if (envelope.payloadType !== statementPayloadType) {
    return stopped(
      'unsupported-format',
      `The envelope holds ${excerpt(envelope.payloadType)}, not an in-toto statement.`,
      'It was signed for another purpose. Sign the image.',
    );
  }
  const statement = readable(() => parseStatement(envelope.payload));
  if (!statement.ok) return statement;
  const [first] = envelope.signatures;
  const encoded = preAuthenticationEncoding(envelope.payloadType, envelope.payload);
  return held({
    signed: { message: encoded, signature: first?.signature ?? new Uint8Array() },
    logged: { kind: 'envelope', payload: envelope.payload, encoded },
    statement: statement.value,
    payload: envelope.payload,
  });
}

/** A signature over the manifest itself, which has to be at hand: only its bytes can be verified. */
function readMessage(signature: Uint8Array, { content, digest }: Context): Checked<BundleClaims> {
  if (content === undefined || `sha256:${toHex(digestOf('sha256', content))}` !== digest) {
    return stopped(
      'unsupported-format',
      'The bundle signs plain bytes, and the manifest it would have to be about is not at hand.',
      'Verify against the registry or layout that holds the image.',
    );
  }
  return held({
    signed: { message: content, signature },
    logged: { kind: 'message', digest: (algorithm) => digestOf(algorithm, content) },
  });
}

type Vouched = Pick<Proof, 'signer' | 'times' | 'logs'> & { readonly notes: readonly string[] };

/** Material against policy, log, timestamps, signer, signature and life: shared by images, attestations and files. */
export function verifyVouched(bundle: ParsedBundle, claims: BundleClaims, context: Context): Checked<Vouched> {
  const { signer } = context.policy;
  if (signer.kind === 'key' || signer.kind === 'keys') return verifyByKey(bundle, claims, context);
  if (bundle.material.kind === 'public-key') return keySigned(hintFingerprint(bundle));
  if (signer.kind === 'certificate') return notByCertificate();
  const certificates = bundle.material.certificates.map(parseCertificate);
  if (!certificates.every((certificate) => certificate !== undefined)) return unreadableCertificate();
  return verifyByCertificate(bundle, claims, { context, certificates });
}

function verifyByKey(bundle: ParsedBundle, claims: BundleClaims, context: Context): Checked<Vouched> {
  if (bundle.material.kind === 'certificate') return certificateSigned(bundle.material.certificates[0]);
  const { policy } = context;
  const match = verifyWithKeys(trustedKeys(policy.signer), claims.signed, { named: namedKey(bundle), policy });
  if (!match.ok) return match;
  const { key } = match.value.trusted;
  const required = policy.signedTimestamps === 'required';
  const times = required ? bundleTimes(bundle, claims, context) : held([]);
  if (!times.ok) return times;
  const logs = bundleLogs(bundle, claims, { context, verifier: key.spki, stamped: times.value });
  if (!logs.ok) return logs;
  return held({
    signer: keySigner(match.value),
    times: [...times.value, ...timesOf(logs.value)],
    logs: logs.value,
    notes: hintNotes(bundle, key.fingerprint),
  });
}

function verifyByCertificate(
  bundle: ParsedBundle,
  claims: BundleClaims,
  { context, certificates }: { readonly context: Context; readonly certificates: readonly Certificate[] },
): Checked<Vouched> {
  const [leaf, ...intermediates] = certificates;
  if (leaf === undefined) return unreadableCertificate();
  const stamped = bundleTimes(bundle, claims, context);
  if (!stamped.ok) return stamped;
  const logs = bundleLogs(bundle, claims, { context, verifier: leaf.der, stamped: stamped.value });
  if (!logs.ok) return logs;
  const times = knownTimes([...stamped.value, ...timesOf(logs.value)], context);
  if (!times.ok) return times;
  const named = verifyCertificate(leaf, intermediates, context);
  if (!named.ok) return named;
  const scheme = verifyWithCertificate(leaf, claims.signed, context.policy);
  if (!scheme.ok) return scheme;
  const life = verifyLife(
    leaf,
    times.value.map(({ at }) => at),
  );
  if (!life.ok) return life;
  const signer = { ...named.value, algorithm: schemeName(scheme.value) };
  return held({ signer, times: times.value, logs: logs.value, notes: [] });
}

/** A short-lived certificate needs a time somebody vouched for; only without a log may it be the present. */
function knownTimes(vouched: readonly VerifiedTime[], context: Context): Checked<readonly VerifiedTime[]> {
  if (vouched.length > 0) return held(vouched);
  if (!needsLog(context.policy)) return held([{ source: 'clock', at: context.now }]);
  return stopped(
    'timestamp-missing',
    'Nothing says when the signature was made: its log entry carries no promise, and it has no signed timestamp.',
    'Entries of second-generation logs need a timestamp authority beside them. Sign the image again with one.',
  );
}

interface LogContext {
  readonly context: Context;
  readonly verifier: Uint8Array;
  readonly stamped: readonly VerifiedTime[];
}

function bundleLogs(
  bundle: ParsedBundle,
  claims: BundleClaims,
  { context, verifier, stamped }: LogContext,
): Checked<readonly VerifiedLogEntry[]> {
  if (!needsLog(context.policy)) return held([]);
  return verifyLog({
    entries: bundle.logEntries,
    logged: { signature: claims.signed.signature, verifier, content: claims.logged },
    logs: context.trust.logs,
    proofRequired: bundle.version !== '0.1',
    vouched: stamped.map(({ at }) => at),
  });
}

function bundleTimes(bundle: ParsedBundle, claims: BundleClaims, context: Context): Checked<readonly VerifiedTime[]> {
  const times = verifyTimestamps({
    responses: bundle.timestamps,
    covered: claims.signed.signature,
    authorities: context.trust.timestampAuthorities,
    required: context.policy.signedTimestamps === 'required',
  });
  return times.ok ? held(times.value.map((at) => ({ source: 'timestamp-authority', at }))) : times;
}

/** Whether the statement is about this image and has the annotations that are wanted. */
function verifyClaims(
  claims: BundleClaims,
  { digest, policy }: Pick<Context, 'digest' | 'policy'>,
): Checked<Pick<Proof, 'document'>> {
  const { statement, payload } = claims;
  if (statement === undefined || payload === undefined) return messageClaims(policy);
  if (policy.checkClaims === false)
    return held({ document: statementDocument(statement, payload, statement.subjects[0]) });
  const subject = findSubject(statement, digest);
  if (!subject.ok) return subject;
  const annotations = verifyAnnotations(subject.value.annotations, policy.annotations);
  if (!annotations.ok) return annotations;
  return held({ document: statementDocument(statement, payload, subject.value) });
}

/** A plain message has no annotations, so none can be demanded of it. */
function messageClaims(policy: VerificationPolicy): Checked<Pick<Proof, 'document'>> {
  const annotations = policy.checkClaims === false ? held(undefined) : verifyAnnotations({}, policy.annotations);
  return annotations.ok ? held({}) : annotations;
}

/** What a bundle claims to be, unverified: for reports and for telling attestations from signatures. */
export function claimedPredicate(bundle: ParsedBundle): string | undefined {
  if (bundle.content.kind !== 'envelope') return undefined;
  const { envelope } = bundle.content;
  const statement = readable(() => parseStatement(envelope.payload));
  return statement.ok ? statement.value.predicateType : undefined;
}

function namedKey(bundle: ParsedBundle): string | undefined {
  const [entry] = bundle.logEntries;
  return hintFingerprint(bundle) ?? fingerprintIn(entry && verifierOfBody(entry.canonicalizedBody));
}

/** The hint as a fingerprint, where it has the shape of one. */
function hintFingerprint({ material }: ParsedBundle): string | undefined {
  if (material.kind !== 'public-key') return undefined;
  const bytes = Buffer.from(material.hint, 'base64');
  return bytes.length === 32 && bytes.toString('base64') === material.hint ? toHex(bytes) : undefined;
}

function hintNotes(bundle: ParsedBundle, fingerprint: string): readonly string[] {
  const hint = hintFingerprint(bundle);
  if (hint === undefined || hint === fingerprint) return [];
  return [`The bundle hints at key ${hint}, and ${fingerprint} verified it.`];
}

function certificateSigned(der: Uint8Array): Checked<never> {
  const fingerprint = fingerprintIn(der);
  return stopped(
    'material-mismatch',
    `A key was given, and the bundle was signed with a certificate${fingerprint === undefined ? '' : ` (key ${fingerprint})`}.`,
    'Verify with --certificate-identity and --certificate-oidc-issuer instead of --key.',
  );
}

function notByCertificate(): Checked<never> {
  return stopped(
    'material-mismatch',
    'A certificate was given, and bundles bring their own.',
    'Verify with --certificate-identity and --certificate-oidc-issuer.',
  );
}

function unreadableCertificate(): Checked<never> {
  return stopped(
    'unsupported-format',
    'The certificate in the bundle cannot be read, or its key is of a kind that is not signed with.',
    'It was not written by a signing tool, or it was damaged. Sign the image again.',
  );
}
