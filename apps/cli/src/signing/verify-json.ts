/** Standard output of `verify`: the array that cosign prints, or our own report. */
import { goJson, sortedMembers, type Accepted, type Evidence, type GoJson, type Verdict } from '@pratique/sigstore';
import type { Judged } from './verify-text.ts';

/** One element per valid candidate, as one line between two line feeds: signing.md 4.10. */
export function cosignArray({ reference, verdict }: Pick<Judged, 'reference' | 'verdict'>, evidence: Evidence): string {
  return `\n${goJson(verdict.accepted.map((one) => element(one, reference, evidence)))}\n`;
}

/** One element as a line of text, for `-o text`. */
export function elementText(accepted: Accepted, reference: string, evidence: Evidence): string {
  return `${goJson(element(accepted, reference, evidence))}\n`;
}

function element(accepted: Accepted, reference: string, evidence: Evidence): GoJson {
  const { document } = accepted.proof;
  const additions = signerAdditions(accepted);
  if (document?.kind === 'simple-signing') {
    const optional = {
      ...(document.optional as Record<string, GoJson> | null),
      ...additions,
      ...storedAdditions(accepted, evidence),
    };
    const isPlain = document.optional === null && Object.keys(optional).length === 0;
    return critical(
      document.dockerReference,
      document.imageDigest,
      document.type,
      isPlain ? null : sortedMembers(optional),
    );
  }
  const annotations = document === undefined ? {} : document.annotations;
  const type = document?.predicateType ?? 'https://sigstore.dev/cosign/sign/v1';
  return critical(reference, evidence.digest, type, sortedMembers<GoJson>({ ...annotations, ...additions }));
}

function critical(dockerReference: string, digest: string, type: string, optional: GoJson): GoJson {
  return {
    critical: { identity: { 'docker-reference': dockerReference }, image: { 'docker-manifest-digest': digest }, type },
    optional,
  };
}

/** GitHub claims by the suffix of their OID, and the names cosign prints beside them. */
const claimNames: Readonly<Record<string, string>> = {
  '.2': 'githubWorkflowTrigger',
  '.3': 'githubWorkflowSha',
  '.4': 'githubWorkflowName',
  '.5': 'githubWorkflowRepository',
  '.6': 'githubWorkflowRef',
};

const fulcio = '1.3.6.1.4.1.57264.1';

function signerAdditions({ proof: { signer } }: Accepted): Readonly<Record<string, GoJson>> {
  if (signer.kind === 'key') return {};
  const claims = Object.entries(claimNames).flatMap(([suffix, name]) => {
    const value = signer.claims[suffix];
    return value === undefined ? [] : [[`${fulcio}${suffix}`, value] as const, [name, value] as const];
  });
  return {
    Subject: signer.subject,
    Issuer: signer.issuer,
    [`${fulcio}.1`]: signer.issuer,
    ...Object.fromEntries(claims),
  };
}

// What was stored beside a valid signature is printed as it is.
function storedAdditions({ index }: Accepted, evidence: Evidence): Readonly<Record<string, GoJson>> {
  const candidate = evidence.candidates[index];
  if (candidate?.format !== 'legacy') return {};
  const bundle = parsed(candidate.annotations['dev.sigstore.cosign/bundle']);
  const timestamp = parsed(candidate.annotations['dev.sigstore.cosign/rfc3161timestamp']);
  return {
    ...(bundle === undefined ? {} : { Bundle: bundle }),
    ...(timestamp === undefined ? {} : { RFC3161Timestamp: timestamp }),
  };
}

function parsed(text: string | undefined): GoJson | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text) as GoJson;
  } catch {
    return undefined;
  }
}

/** Our own document: everything that was looked at, whatever came of it. One line. */
export function reportDocument({ reference, verdict }: Judged): string {
  return `${JSON.stringify({
    schemaVersion: 1,
    reference,
    digest: verdict.digest,
    outcome: verdict.outcome,
    detail: verdict.detail,
    nextStep: verdict.nextStep,
    hints: verdict.hints,
    sources: verdict.sources.map(({ fault, ...source }) => ({
      ...source,
      ...(fault === undefined ? {} : { fault: { code: fault.code, message: fault.message } }),
    })),
    candidates: verdict.candidates.map(reportCandidate),
    warnings: verdict.warnings,
  })}\n`;
}

function reportCandidate(candidate: Verdict['candidates'][number]) {
  const { format, kind, location, digest, valid } = candidate;
  const source = format === 'legacy' ? 'tag' : 'referrers';
  if (!candidate.valid) {
    const { reason, detail } = candidate.rejection;
    return {
      source,
      location,
      format,
      kind,
      digest,
      signer: shownSigner(candidate.signer),
      times: [],
      log: [],
      valid,
      reason,
      detail,
    };
  }
  const { signer, times, logs, notes } = candidate.proof;
  return { source, location, format, kind, digest, signer: shownSigner(signer), times, log: logs, valid, notes };
}

function shownSigner(signer: Accepted['proof']['signer'] | undefined) {
  if (signer === undefined) return null;
  return signer.kind === 'key'
    ? { keyFingerprint: signer.fingerprint, algorithm: signer.algorithm, name: signer.name }
    : { subject: signer.subject, issuer: signer.issuer, claims: signer.claims, keyFingerprint: signer.fingerprint };
}
