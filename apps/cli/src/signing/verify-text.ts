/** What `verify` says to a person: one title, one bullet per check that was made, or one cause with its next step. */
import type { Accepted, CandidateVerdict, Verdict, VerificationPolicy } from '@pratique/sigstore';
import { aside } from '../print.ts';

/** What a report is about. */
export interface Judged {
  /** As asked for, normalised. */
  readonly reference: string;
  readonly policy: VerificationPolicy;
  readonly verdict: Verdict;
}

/** The lines after a success. */
export function successLines({ reference, policy, verdict }: Judged): readonly string[] {
  const first = verdict.accepted[0];
  if (first === undefined) return [];
  const bullets = [...checksMade(first, policy), ...notesOf(verdict)];
  return [`${aside.strong('Verified')} ${reference}`, ...bullets.map(({ good, text }) => `  ${mark(good)} ${text}`)];
}

interface Bullet {
  readonly good: boolean;
  readonly text: string;
}

function mark(good: boolean): string {
  return good ? aside.good('✓') : aside.warning('!');
}

function checksMade({ proof, location, format }: Accepted, policy: VerificationPolicy): readonly Bullet[] {
  const { signer, logs, times } = proof;
  const where = `${format === 'legacy' ? '.sig format' : 'bundle format'}, ${location}`;
  const wanted = Object.entries(policy.annotations ?? {});
  const texts = [
    signer.kind === 'key'
      ? `signature matches the given public key${signer.name === undefined ? '' : ` ${signer.name}`} (SHA-256 ${signer.fingerprint})`
      : `certificate of ${signer.subject}, issued for ${signer.issuer}, chains to trusted roots`,
    policy.checkClaims === false ? undefined : 'the signed digest is the digest of the image',
    wanted.length === 0
      ? undefined
      : `requested annotations are there: ${wanted.map(([key, value]) => `${key}=${value}`).join(', ')}`,
    ...logs.map((log) => `entry ${log.logIndex} of ${log.log} verified from stored material`),
    ...times
      .filter(({ source }) => source === 'timestamp-authority')
      .map(({ at }) => `signed timestamp of ${at.toISOString()} verified`),
    `found in ${where}`,
  ];
  const ignored: readonly Bullet[] =
    policy.checkClaims === false
      ? [{ good: false, text: 'what was signed was not compared with the image (--check-claims=false)' }]
      : [];
  return [...texts.filter((text) => text !== undefined).map((text) => ({ good: true, text })), ...ignored];
}

function notesOf(verdict: Verdict): readonly Bullet[] {
  const notes = [...verdict.warnings, ...verdict.accepted.flatMap(({ proof }) => proof.notes)];
  return [...new Set(notes)].map((text) => ({ good: false, text }));
}

const titles: Readonly<Record<string, string>> = {
  'no-signatures': 'no signatures found',
  'no-attestations': 'no matching attestations',
  'attestations-only': 'no signatures found, only attestations',
  'no-match': 'no matching signatures',
  'no-certificate': 'no matching signatures',
  'predicate-mismatch': 'none of the attestations matched the predicate type',
  'image-not-found': 'image tag not found',
};

/** How many candidates are listed one by one; the report has all. */
const listed = 6;

/** The lines after a failure: the cause, what to do, what was seen. */
export function failureLines({ reference, verdict }: Judged, what: 'signatures' | 'attestations'): readonly string[] {
  const title = (titles[verdict.outcome] ?? 'not verified').replace('signatures', what);
  // The most telling finding comes first: diagnosis has looked beyond this image where judging must not.
  const [hint] = verdict.hints;
  const cause = hint?.text ?? verdict.detail;
  const rejected = verdict.candidates.filter((one) => !one.valid);
  return [
    `pratique: ${aside.bad(title)}: ${reference}`,
    `  Because: ${cause}`,
    `  What to do: ${hint?.nextStep ?? verdict.nextStep}`,
    ...(hint === undefined || verdict.detail === cause ? [] : [`  Also: ${verdict.detail}`]),
    ...rejected.slice(0, listed).map((one) => `  ${aside.quiet('Seen:')} ${candidateLine(one)}`),
    ...(rejected.length > listed
      ? [`  ${aside.quiet(`… and ${rejected.length - listed} more; -o report shows all.`)}`]
      : []),
    ...verdict.sources.map(
      (source) =>
        `  ${aside.quiet('Looked at:')} ${source.location} (${source.state === 'read' ? `${source.candidates} found` : source.state})`,
    ),
    `  Code: ${verdict.outcome}`,
  ];
}

function candidateLine(candidate: CandidateVerdict): string {
  if (candidate.valid) return candidate.location;
  const { reason, detail } = candidate.rejection;
  return `${candidate.location}: ${reason}, ${detail}`;
}
