/** What trust material lacks for a policy, and what in it no longer counts: said before anything is judged by it. */
import { sigstoreFault } from '../errors.ts';
import type { SigstoreFault } from '../errors.ts';
import { identityRules, needsLog } from '../verify/policy.ts';
import type { VerificationPolicy } from '../verify/policy.ts';
import { logName } from './trust-material.ts';
import type { TrustMaterial, ValidityWindow } from './trust-material.ts';

/** The first kind of trust that the policy needs and the material has none of, as a fault; undefined where nothing lacks. */
export function missingTrust(policy: VerificationPolicy, trust: TrustMaterial): SigstoreFault | undefined {
  const isKeyless = policy.signer.kind === 'identity' || policy.signer.kind === 'certificate';
  const needs: readonly (readonly [boolean, number, string, string])[] = [
    [isKeyless, trust.certificateAuthorities.length, 'certificate authority', 'SIGSTORE_ROOT_FILE'],
    [needsLog(policy), trust.logs.length, 'transparency log', 'SIGSTORE_REKOR_PUBLIC_KEY'],
    [
      identityRules(policy.signer) !== undefined && policy.certificateLog !== 'ignored',
      trust.certificateLogs.length,
      'certificate log',
      'SIGSTORE_CT_LOG_PUBLIC_KEY_FILE',
    ],
    [
      policy.signedTimestamps === 'required',
      trust.timestampAuthorities.length,
      'timestamp authority',
      'SIGSTORE_TSA_CERTIFICATE_FILE',
    ],
  ];
  const lacking = needs.find(([needed, count]) => needed && count === 0);
  if (lacking === undefined) return undefined;
  const [, , what, variable] = lacking;
  return sigstoreFault({
    code: 'trust-material-missing',
    message: `The policy needs a trusted ${what}, and ${trust.origin} names none.`,
    hint: `Give --trusted-root with a file that has one, or set ${variable}; \`trust update\` fetches those of the public service. ${waiver(what)}`,
    values: { what, origin: trust.origin },
  });
}

function waiver(what: string): string {
  if (what === 'transparency log') return 'If no log is used, say so with --insecure-ignore-tlog.';
  return what === 'certificate log' ? 'If no certificate log is used, say so with --insecure-ignore-sct.' : '';
}

/** Sentences about everything that no longer counts or does not yet count at `now`; signatures of its time stay valid. */
export function trustWarnings(trust: TrustMaterial, now: Date): readonly string[] {
  const kinds: readonly (readonly [
    string,
    readonly { readonly label: string; readonly validFor: ValidityWindow }[],
  ])[] = [
    ['transparency log', trust.logs.map((log) => ({ label: logName(log), validFor: log.validFor }))],
    ['certificate log', trust.certificateLogs.map((log) => ({ label: logName(log), validFor: log.validFor }))],
    ['certificate authority', trust.certificateAuthorities.map(({ name, validFor }) => ({ label: name, validFor }))],
    ['timestamp authority', trust.timestampAuthorities.map(({ name, validFor }) => ({ label: name, validFor }))],
  ];
  return kinds.flatMap(([kind, entries]) => warningsOf(kind, entries, now));
}

/** Only where nothing of a kind counts now: a retired key beside its successor is normal. */
function warningsOf(
  kind: string,
  entries: readonly { readonly label: string; readonly validFor: ValidityWindow }[],
  now: Date,
): readonly string[] {
  const counting = entries.filter(
    ({ validFor: { start, end } }) => (start === undefined || start <= now) && (end === undefined || now <= end),
  );
  if (entries.length === 0 || counting.length > 0) return [];
  const names = entries.map(
    ({ label, validFor }) => `${label} (until ${validFor.end?.toISOString() ?? 'not yet begun'})`,
  );
  return [`No trusted ${kind} counts any more: ${names.join(', ')}. Refresh the trusted root with \`trust update\`.`];
}
