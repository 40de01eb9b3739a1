/** What `verify` says to a person: one title, one bullet per check that was made, or one cause with its next step. */
import type { Accepted, CandidateVerdict, Rejection, Verdict, VerificationPolicy } from '@pratique/sigstore';
import { aside } from '../print.ts';

/** What a report is about. */
export interface Judged {
  /** As asked for, normalised. */
  readonly reference: string;
  readonly policy: VerificationPolicy;
  readonly verdict: Verdict;
}

/** A line of the list: what was looked at and what came of it. */
interface Bullet {
  readonly mark: string;
  readonly label: string;
  readonly text: string;
}

/** The lines after a success. */
export function successLines({ reference, policy, verdict }: Judged): readonly string[] {
  const [first] = verdict.accepted;
  if (first === undefined) return [];
  const bullets = [...checksMade(first, policy), found(verdict), ...notesOf(verdict)];
  return [`${aside.good('Verified')} ${aside.strong(reference)}`, ...bullets.map(bulletLine)];
}

const labelWidth = 'annotations'.length;

/** A bullet as a line of the aligned list. */
export function bulletLine({ mark, label, text }: Bullet): string {
  return `  ${mark} ${aside.quiet(label.padEnd(labelWidth))}  ${text}`;
}

function good(label: string, text: string): Bullet {
  return { mark: aside.good('✓'), label, text };
}

function checksMade({ proof }: Accepted, policy: VerificationPolicy): readonly Bullet[] {
  const { signer, logs, times } = proof;
  const wanted = Object.entries(policy.annotations ?? {}).map(([key, value]) => `${key}=${value}`);
  return [
    signer.kind === 'key'
      ? good(
          'signature',
          `matches the public key ${signer.name ?? ''} (SHA-256 ${signer.fingerprint})`.replace('  ', ' '),
        )
      : good(
          'signature',
          `by ${signer.subject}, vouched for by ${signer.issuer}; the certificate chains to trusted roots`,
        ),
    policy.checkClaims === false
      ? { mark: aside.warning('!'), label: 'digest', text: 'not compared with what was signed (--check-claims=false)' }
      : good('digest', 'what was signed is this image'),
    ...(wanted.length === 0 ? [] : [good('annotations', wanted.join(', '))]),
    ...logs.map((log) => good('log', `entry ${log.logIndex} of ${log.log}, checked with what is stored`)),
    ...times
      .filter(({ source }) => source === 'timestamp-authority')
      .map(({ at }) => good('timestamp', `existed at ${at.toISOString()}`)),
    ...(policy.log === 'ignored' && logs.length === 0
      ? [
          {
            mark: aside.quiet('–'),
            label: 'log',
            text: aside.quiet('none demanded; --insecure-ignore-tlog=false demands an entry'),
          },
        ]
      : []),
  ];
}

function found({ accepted }: Verdict): Bullet {
  const counts = { legacy: 0, bundle: 0 };
  for (const { format } of accepted) counts[format] += 1;
  const parts = [
    ...(counts.legacy === 0 ? [] : [`${counts.legacy} in the .sig tag`]),
    ...(counts.bundle === 0 ? [] : [`${counts.bundle} as bundle`]),
  ];
  return good('found', parts.join(', '));
}

function notesOf(verdict: Verdict): readonly Bullet[] {
  const notes = [...verdict.warnings, ...verdict.accepted.flatMap(({ proof }) => proof.notes)];
  return [...new Set(notes)].map((text) => ({ mark: aside.warning('!'), label: 'note', text }));
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
  const { text, nextStep } = causeOf(verdict);
  const rejected = verdict.candidates.filter((one) => !one.valid);
  return [
    `pratique: ${aside.bad(title)}: ${reference}`,
    `  Because: ${text}`,
    `  What to do: ${nextStep}`,
    ...(rejected.length > 1 ? rejected.slice(0, listed).map(candidateLine) : []),
    ...(rejected.length > listed
      ? [`  ${aside.quiet(`… and ${rejected.length - listed} more; -o report shows all.`)}`]
      : []),
    // Without a hint the sentence names the places already.
    ...(rejected.length === 0 && verdict.hints.length > 0 ? verdict.sources.map(sourceLine) : []),
    `  Code: ${verdict.outcome}`,
  ];
}

/** Reasons from the most telling to the least: that a key differs says more than that something does not verify. */
const telling: readonly Rejection['reason'][] = [
  'digest-mismatch',
  'annotation-mismatch',
  'repository-mismatch',
  'identity-mismatch',
  'issuer-mismatch',
  'workflow-mismatch',
  'wrong-key',
  'log-entry-missing',
  'timestamp-missing',
  'sct-missing',
];

// Diagnosis has looked beyond this image where judging must not, so what it found comes first.
function causeOf(verdict: Verdict): { readonly text: string; readonly nextStep: string } {
  const [hint] = verdict.hints;
  if (hint !== undefined) return hint;
  const rejections = verdict.candidates.flatMap((one) => (one.valid ? [] : [one.rejection]));
  const best = telling
    .map((reason) => rejections.find((one) => one.reason === reason))
    .find((one) => one !== undefined);
  const isAboutCandidates = ['no-match', 'no-certificate', 'predicate-mismatch'].includes(verdict.outcome);
  const chosen = isAboutCandidates ? (best ?? rejections[0]) : undefined;
  if (chosen !== undefined) return { text: chosen.detail, nextStep: chosen.nextStep };
  return { text: verdict.detail, nextStep: verdict.nextStep };
}

function candidateLine(candidate: CandidateVerdict): string {
  const { format, location, digest } = candidate;
  const layer = /layer \d+$/.exec(location)?.[0] ?? '';
  const place = format === 'legacy' ? `.sig ${layer}` : `bundle ${digest.slice(0, 19)}`;
  return `  ${aside.quiet('Seen:')} ${place.padEnd(26)} ${candidate.valid ? 'valid' : candidate.rejection.reason}`;
}

function sourceLine({ location, state, candidates }: Verdict['sources'][number]): string {
  return `  ${aside.quiet('Looked at:')} ${location} (${state === 'read' ? `${candidates} found` : state})`;
}
