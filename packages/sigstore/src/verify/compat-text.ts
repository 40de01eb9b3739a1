/** The words of cosign for what our verdicts say, as far as scripts and people recognise them. */
import type { KeyAlgorithm } from '../keys/public-key.ts';
import type { CandidateVerdict, Reason, Verdict } from './verdict.ts';

/** How cosign ends. */
export interface CosignEnd {
  readonly exitCode: number;
  readonly message: string;
}

/** What the words depend on besides the verdict. */
export interface CosignManner {
  readonly path: 'tag' | 'bundle';
  /** Kind of the key that was given; absent for identities. */
  readonly key: KeyAlgorithm['kind'] | undefined;
}

/** Exit code and message for a verdict under its rules. */
export function cosignText(verdict: Verdict, manner: CosignManner): CosignEnd {
  switch (verdict.outcome) {
    case 'verified':
      return { exitCode: 0, message: '' };
    case 'no-signatures':
    case 'attestations-only':
      return { exitCode: 10, message: 'no signatures found' };
    case 'image-not-found':
      return { exitCode: 11, message: `image tag not found: ${verdict.detail}` };
    case 'no-match':
    case 'no-certificate':
    case 'predicate-mismatch':
      return mismatch(verdict, manner);
    default:
      return { exitCode: 1, message: verdict.detail };
  }
}

/** Reasons one below the other, behind the prefix of the path; only the tag path has an exit code of its own. */
function mismatch({ candidates }: Verdict, manner: CosignManner): CosignEnd {
  const { path } = manner;
  const reasons = candidates.map((candidate) => cosignReason(candidate, manner)).filter((text) => text !== '');
  const prefix = path === 'tag' ? 'no matching signatures: ' : 'no matching attestations: ';
  return { exitCode: path === 'tag' ? 12 : 1, message: `${prefix}${reasons.join('\n')}` };
}

function cosignReason(candidate: CandidateVerdict, { path, key }: CosignManner): string {
  if (candidate.valid) return '';
  const { reason, detail } = candidate.rejection;
  const signer = candidate.signer;
  if (reason === 'wrong-key' || reason === 'signature-invalid') return badSignature(path, key);
  if (reason === 'material-mismatch') {
    if (signer?.kind === 'certificate') return 'expected key signature, not certificate';
    return path === 'tag' ? 'no certificate found on signature' : 'no matching certificate in bundle';
  }
  if (reason === 'workflow-mismatch') return workflowText(detail, path);
  const text = path === 'tag' ? tagTexts[reason] : (bundleTexts[reason] ?? tagTexts[reason]);
  return text ?? detail;
}

function badSignature(path: 'tag' | 'bundle', key: KeyAlgorithm['kind'] | undefined): string {
  if (path === 'bundle') return 'accepted signatures do not match threshold, Found: 0, Expected 1';
  if (key === 'rsa') return 'crypto/rsa: verification error';
  return key === 'ed25519' ? 'failed to verify signature' : 'invalid signature when validating ASN.1 encoded signature';
}

/** Which claim differs, from our own sentence: `GitHub workflow ref`. */
function workflowText(detail: string, path: 'tag' | 'bundle'): string {
  const [first = '', ...rest] = /GitHub workflow (\w+)/.exec(detail)?.[1] ?? 'claim';
  const claim = `${first.toUpperCase()}${rest.join('')}`;
  return path === 'tag'
    ? `expected GitHub Workflow ${claim} not found in certificate`
    : `expected GithubWorkflow${claim} to be`;
}

const tagTexts: Readonly<Partial<Record<Reason, string>>> = {
  'digest-mismatch': 'invalid or missing digest in claim',
  'annotation-mismatch': 'missing or incorrect annotation',
  'identity-mismatch': 'none of the expected identities matched what was in the certificate',
  'issuer-mismatch': 'none of the expected identities matched what was in the certificate',
  'certificate-untrusted': 'leaf certificate verification failed',
  'certificate-expired': 'leaf certificate verification failed: certificate has expired or is not yet valid',
  'sct-missing': 'only able to verify 0 SCT entries; unable to meet threshold of 1',
  'sct-invalid': 'only able to verify 0 SCT entries; unable to meet threshold of 1',
  'log-entry-missing': 'offline verification failed',
  'log-unknown': 'rekor log public key not found for payload',
  'log-invalid': 'unable to verify SET',
  'log-body-mismatch': 'both public key and certificate were provided but did not match',
  'timestamp-missing': 'threshold not met for verified signed timestamps: 0 < 1',
  'timestamp-invalid': 'unable to verify RFC3161 timestamp bundle',
};

const bundleTexts: Readonly<Partial<Record<Reason, string>>> = {
  'identity-mismatch': 'expected SAN value',
  'issuer-mismatch': 'expected issuer value',
  'log-entry-missing': 'not enough verified log entries from transparency log: 0 < 1',
  'log-unknown': 'not enough verified log entries from transparency log: 0 < 1',
};
