/** What `verify` says to a person: one title, one bullet per check that was made, or one cause with its next step. */
import type { Accepted, CandidateVerdict, Rejection, Verdict, VerificationPolicy } from '@pratique/sigstore';
import { aside } from '../print.ts';

/** What a report is about. */
export interface Judged {
  /** `image`, unless it is a file. */
  readonly subject?: 'file';
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
export function successLines(judged: Judged, what: What = 'signatures'): readonly string[] {
  const { reference, verdict } = judged;
  const [first] = verdict.accepted;
  if (first === undefined) return [];
  const places = judged.subject === 'file' ? [] : [found(verdict, what)];
  const bullets = [...checksMade(first, judged), ...places, ...notesOf(verdict)];
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

function checksMade({ proof }: Accepted, { policy, subject }: Judged): readonly Bullet[] {
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
      : good('digest', `what was signed is about this ${subject ?? 'image'}`),
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
            text: aside.quiet('not looked at (--insecure-ignore-tlog)'),
          },
        ]
      : []),
  ];
}

function found({ accepted }: Verdict, what: What): Bullet {
  const counts = { legacy: 0, bundle: 0 };
  for (const { format } of accepted) counts[format] += 1;
  const parts = [
    ...(counts.legacy === 0 ? [] : [`${counts.legacy} in the ${tagOf[what]} tag`]),
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

/** What was looked for. */
export type What = 'signatures' | 'attestations';

const tagOf: Readonly<Record<What, string>> = { signatures: '.sig', attestations: '.att' };

/** How many candidates are listed one by one; the report has all. */
const listed = 6;

/** The lines after a failure: the cause, what to do, what was seen. */
export function failureLines({ reference, verdict }: Judged, what: What): readonly string[] {
  const title = titleOf(verdict, what);
  const { text, nextStep } = causeOf(verdict, what);
  const rejected = verdict.candidates.filter((one) => !one.valid);
  return [
    `pratique: ${aside.bad(title)}: ${reference}`,
    `  Because: ${text}`,
    `  What to do: ${nextStep}`,
    ...alsoLines(verdict, text, what),
    ...(rejected.length > 1 ? rejected.slice(0, listed).map((one) => candidateLine(one, what)) : []),
    ...(rejected.length > listed
      ? [`  ${aside.quiet(`… and ${rejected.length - listed} more; -o report shows all.`)}`]
      : []),
    // Without a hint the sentence names the places already.
    ...(rejected.length === 0 && verdict.hints.length > 0 ? verdict.sources.map(sourceLine) : []),
    `  Code: ${verdict.outcome}`,
  ];
}

/** The same for scripts that asked for JSON: one line, shaped as faults are. */
export function failureJson({ reference, verdict }: Judged, what: What): string {
  const { text, nextStep } = causeOf(verdict, what);
  const message = `${titleOf(verdict, what)}: ${reference}`;
  const values = { reference, digest: verdict.digest };
  return JSON.stringify({ error: { code: verdict.outcome, message, because: [text], hint: nextStep, values } });
}

function titleOf({ outcome }: Verdict, what: What): string {
  return (titles[outcome] ?? 'not verified').replace('signatures', what);
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

/** What diagnosis says about signatures of others and elsewhere, which explains no missing attestation. */
const onlyOfSignatures = new Set(['signed-under-other-digest', 'platform-signed', 'index-signed', 'only-attested']);

// Diagnosis has looked beyond this image where judging must not. That there are only attestations is what somebody has to
// know before anything else.
function causeOf(verdict: Verdict, what: What): { readonly text: string; readonly nextStep: string } {
  const hint = verdict.hints.find(({ code }) => what === 'signatures' || !onlyOfSignatures.has(code));
  const rejections = verdict.candidates.flatMap((one) => (one.valid ? [] : [one.rejection]));
  const best = telling
    .map((reason) => rejections.find((one) => one.reason === reason))
    .find((one) => one !== undefined);
  const isAboutCandidates = ['no-match', 'no-certificate', 'predicate-mismatch'].includes(verdict.outcome);
  // A signature of this very image by another key explains more than one of another image by the right key.
  if (isAboutCandidates && best !== undefined) return { text: best.detail, nextStep: best.nextStep };
  if (hint !== undefined && verdict.outcome !== 'attestations-only') return hint;
  const [first] = rejections;
  if (isAboutCandidates && first !== undefined) return { text: first.detail, nextStep: first.nextStep };
  return { text: verdict.detail, nextStep: verdict.nextStep };
}

/** What was found elsewhere, where it is not the cause that is told. */
function alsoLines({ hints, outcome }: Verdict, told: string, what: What): readonly string[] {
  // That another digest is signed as wanted says nothing about one that others have signed.
  if (outcome === 'no-match') return [];
  const other = hints.find(
    ({ code, text }) => code !== 'other-key' && text !== told && (what === 'signatures' || !onlyOfSignatures.has(code)),
  );
  return other === undefined ? [] : [`  ${aside.quiet('Also:')} ${other.text}`];
}

function candidateLine(candidate: CandidateVerdict, what: What): string {
  const { format, location, digest } = candidate;
  const layer = /layer \d+$/.exec(location)?.[0] ?? '';
  const place = format === 'legacy' ? `${tagOf[what]} ${layer}` : `bundle ${digest.slice(0, 19)}`;
  return `  ${aside.quiet('Seen:')} ${place.padEnd(26)} ${candidate.valid ? 'valid' : candidate.rejection.reason}`;
}

function sourceLine({ location, state, candidates }: Verdict['sources'][number]): string {
  return `  ${aside.quiet('Looked at:')} ${location} (${state === 'read' ? `${candidates} found` : state})`;
}
