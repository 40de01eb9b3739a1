/** One signature of the tag format: a simple-signing payload with its signature and material in annotations. */
import { excerpt } from '@pratique/runtime/fault';
import type { LayerCandidate } from '../evidence.ts';
import { schemeName } from '../keys/algorithms.ts';
import { parsePayload, payloadType } from '../simple-signing/payload.ts';
import type { SimpleSigningPayload } from '../simple-signing/payload.ts';
import { digestOf } from './bytes.ts';
import { verifyLife } from './certificate.ts';
import { held, readable, stopped } from './check.ts';
import type { Checked } from './check.ts';
import { layerMaterial, layerSignature, storedBytes } from './legacy-material.ts';
import type { LayerMaterial } from './legacy-material.ts';
import { verifierOfBody } from './log-body.ts';
import type { LoggedContent } from './log-body.ts';
import { verifyLog } from './log.ts';
import { needsLog, trustedKeys } from './policy.ts';
import { sameRepository } from './repository.ts';
import { fingerprintIn, keySigner, verifyCertificate, verifyWithCertificate, verifyWithKeys } from './signer.ts';
import type { Context, SignedBytes } from './signer.ts';
import { otherDigest, verifyAnnotations } from './statement.ts';
import { verifyTimestamps } from './timestamp.ts';
import type { Proof, Signer, VerifiedLogEntry, VerifiedTime } from './verdict.ts';
import type { Certificate } from './x509.ts';

/** The checklist of the tag format. */
export function judgeLegacy(candidate: LayerCandidate, context: Context): Checked<Proof> {
  const payload = storedBytes(candidate.payload, 'payload of the signature');
  if (!payload.ok) return payload;
  const signature = layerSignature(candidate);
  if (!signature.ok) return signature;
  const material = layerMaterial(candidate);
  if (!material.ok) return material;
  const signed = { message: payload.value, signature: signature.value };
  const vouched = verifySigned(
    { signed, covered: signature.value, logged: messageContent(payload.value) },
    material.value,
    context,
  );
  if (!vouched.ok) return vouched;
  const claims = verifyClaims(payload.value, context);
  if (!claims.ok) return claims;
  return held({ ...vouched.value, ...claims.value });
}

/** A signature with what time-stamps cover and what a log entry must be about. */
export interface SignedMaterial {
  readonly signed: SignedBytes;
  readonly covered: Uint8Array;
  readonly logged: LoggedContent['content'];
}

type Vouched = Pick<Proof, 'signer' | 'times' | 'logs'>;

/** Timestamp, log, signer, signature and life: the part that signatures and attestations of the tag format share. */
export function verifySigned(subject: SignedMaterial, material: LayerMaterial, context: Context): Checked<Vouched> {
  const verifier = chooseVerifier(subject.signed, material, context);
  if (!verifier.ok) return verifier;
  const times = legacyTimes(subject, material, context);
  if (!times.ok) return times;
  const logs = legacyLogs(subject, material, { context, verifier: verifier.value.der });
  if (!logs.ok) return logs;
  const signer = verifier.value.confirm();
  if (!signer.ok) return signer;
  const vouched = [...times.value, ...timesOf(logs.value)];
  const all: readonly VerifiedTime[] =
    vouched.length > 0 || verifier.value.certificate === undefined ? vouched : [{ source: 'clock', at: context.now }];
  if (verifier.value.certificate !== undefined) {
    const life = verifyLife(
      verifier.value.certificate,
      all.map(({ at }) => at),
    );
    if (!life.ok) return life;
  }
  return held({ signer: signer.value, times: all, logs: logs.value });
}

interface Verifier {
  /** What a log entry must name. */
  readonly der: Uint8Array;
  readonly certificate?: Certificate;
  /** Verifies the signature and, for certificates, whom they name. */
  confirm(): Checked<Signer>;
}

/** Whose key must have signed: one that is trusted, or the certificate's where a person or a certificate is trusted. */
function chooseVerifier(signed: SignedBytes, material: LayerMaterial, context: Context): Checked<Verifier> {
  const { policy } = context;
  if (policy.signer.kind === 'key' || policy.signer.kind === 'keys') {
    const match = verifyWithKeys(trustedKeys(policy.signer), signed, { named: namedKey(material), policy });
    if (!match.ok) return match;
    return held({ der: match.value.trusted.key.spki, confirm: () => held(keySigner(match.value)) });
  }
  const certificate = policy.signer.kind === 'certificate' ? policy.signer.certificate : material.certificate;
  if (certificate === undefined) return keySigned(namedKey(material));
  const chain = policy.signer.kind === 'certificate' ? policy.signer.chain : material.intermediates;
  return held({
    der: certificate.der,
    certificate,
    confirm: () => confirmCertificate(certificate, chain, { signed, context }),
  });
}

function confirmCertificate(
  certificate: Certificate,
  chain: readonly Certificate[],
  { signed, context }: { readonly signed: SignedBytes; readonly context: Context },
): Checked<Signer> {
  const named = verifyCertificate(certificate, chain, context);
  if (!named.ok) return named;
  const scheme = verifyWithCertificate(certificate, signed, context.policy);
  if (!scheme.ok) return scheme;
  return held({ ...named.value, algorithm: schemeName(scheme.value) });
}

/** The key that the material itself names: by certificate or log entry. */
function namedKey(material: LayerMaterial): string | undefined {
  const [entry] = material.entries;
  return material.certificate?.key.fingerprint ?? fingerprintIn(entry && verifierOfBody(entry.canonicalizedBody));
}

/** Timestamps matter where they are asked for, and where a certificate's life has to be compared with a time. */
function legacyTimes(
  subject: SignedMaterial,
  material: LayerMaterial,
  { policy, trust }: Context,
): Checked<readonly VerifiedTime[]> {
  const required = policy.signedTimestamps === 'required';
  if (!required && trustedKeys(policy.signer).length > 0) return held([]);
  const { covered } = subject;
  const authorities = trust.timestampAuthorities;
  const times = verifyTimestamps({ responses: material.timestamps, covered, authorities, required });
  return times.ok ? held(times.value.map((at) => ({ source: 'timestamp-authority', at }))) : times;
}

function legacyLogs(
  subject: SignedMaterial,
  material: LayerMaterial,
  { context, verifier }: { readonly context: Context; readonly verifier: Uint8Array },
): Checked<readonly VerifiedLogEntry[]> {
  if (!needsLog(context.policy)) return held([]);
  return verifyLog({
    entries: material.entries,
    logged: { signature: subject.signed.signature, verifier, content: subject.logged },
    logs: context.trust.logs,
    proofRequired: false,
  });
}

/** Moments that log entries vouch for. */
export function timesOf(logs: readonly VerifiedLogEntry[]): readonly VerifiedTime[] {
  return logs.flatMap(({ time }) => (time === undefined ? [] : [{ source: 'log', at: time }]));
}

/** Plain bytes as a log knows them. */
export function messageContent(message: Uint8Array): LoggedContent['content'] {
  return { kind: 'message', digest: (algorithm) => digestOf(algorithm, message) };
}

/** What the payload says, and whether it is about this image. */
function verifyClaims(bytes: Uint8Array, context: Context): Checked<Pick<Proof, 'document' | 'notes'>> {
  const payload = readable(() => parsePayload(bytes));
  if (!payload.ok) return context.policy.checkClaims === false ? held({ notes: [] }) : payload;
  const document = { kind: 'simple-signing' as const, ...payload.value };
  if (context.policy.checkClaims === false) return held({ document, notes: [] });
  if (payload.value.type !== payloadType && context.policy.acceptAnyType !== true) {
    return stopped(
      'unsupported-format',
      `The payload says it is ${excerpt(payload.value.type) || 'nothing'}, not a "${payloadType}".`,
      'It was signed for another purpose. Sign the image.',
    );
  }
  if (payload.value.imageDigest !== context.digest)
    return otherDigest(excerpt(payload.value.imageDigest, 140), context.digest);
  const annotations = verifyAnnotations(payload.value.optional ?? {}, context.policy.annotations);
  if (!annotations.ok) return annotations;
  const notes = repositoryNotes(payload.value, context);
  return notes.ok ? held({ document, notes: notes.value }) : notes;
}

/** A payload for another repository is noted, or refused where the policy wants that: cosign never looks. */
function repositoryNotes(payload: SimpleSigningPayload, context: Context): Checked<readonly string[]> {
  const { repository, policy } = context;
  if (repository === undefined || sameRepository(payload.dockerReference, repository)) return held([]);
  const difference = `The signature names ${excerpt(payload.dockerReference, 200) || 'no repository'}; asked was ${repository}.`;
  if (policy.requireRepository !== true) return held([difference]);
  return stopped(
    'repository-mismatch',
    difference,
    'The image was copied after it was signed, or the signature was made for another name. Sign it where it is, or verify without --require-repository.',
  );
}

/** A candidate without a certificate where a person is asked for. */
export function keySigned(named: string | undefined): Checked<never> {
  return stopped(
    'material-mismatch',
    `The signature was made with a bare key${named === undefined ? '' : ` (${named})`}, and an identity was asked for; a key names nobody.`,
    'Verify with --key and the public key of the signer, or have the image signed keyless.',
  );
}
