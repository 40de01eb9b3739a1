/** From what judging says of signatures, and from faults, to the classes of refusals (VAL-2). */
import type { Outcome, Reason, Rejection, Verdict } from '@pratique/sigstore';
import { ociFaultClass } from '@pratique/oci';
import type { OciFaultCode } from '@pratique/oci';
import type { Fault } from '@pratique/runtime/fault';
import type { RefusalClass } from '../verdict.ts';

/** How a fault of reading counts. Nothing was seen, so none of these says anything about the image. */
export function classOfReading(fault: Fault): RefusalClass {
  if (fault.code === 'registry-tls' || fault.code === 'registry-plain-http') return 'registry_tls';
  if (fault.code === 'registry-setting-invalid' || fault.code === 'reference-invalid') return 'config';
  return ociFaultClass(fault.code as OciFaultCode) === 'registry-auth' ? 'registry_auth' : 'registry_unreachable';
}

/** How a key that is not there counts: one that cannot be read at all is a mistake, everything else may pass. */
export function classOfKey(fault: Fault): RefusalClass {
  const isWrong = ['public-key-invalid', 'key-unusable', 'key-reference-invalid', 'validator-material-unreadable'];
  return isWrong.includes(fault.code) ? 'config' : 'kms';
}

const reasons: Readonly<Record<Reason, RefusalClass>> = {
  'wrong-key': 'wrong_key',
  'signature-invalid': 'wrong_key',
  'material-mismatch': 'wrong_key',
  'digest-mismatch': 'wrong_digest',
  'annotation-mismatch': 'identity_mismatch',
  'repository-mismatch': 'identity_mismatch',
  'identity-mismatch': 'identity_mismatch',
  'issuer-mismatch': 'identity_mismatch',
  'workflow-mismatch': 'identity_mismatch',
  'certificate-untrusted': 'identity_mismatch',
  'certificate-expired': 'timestamp',
  'sct-missing': 'sct',
  'sct-invalid': 'sct',
  'log-entry-missing': 'tlog',
  'log-unknown': 'tlog',
  'log-invalid': 'tlog',
  'log-body-mismatch': 'tlog',
  'timestamp-missing': 'timestamp',
  'timestamp-invalid': 'timestamp',
  'unsupported-format': 'no_signature',
  'blob-missing': 'no_signature',
  'blob-corrupt': 'no_signature',
  'predicate-mismatch': 'no_signature',
};

/** Which kinds of refusal came further in the checks: the candidate that failed last is the one that was meant. */
const progress: readonly RefusalClass[] = [
  'no_signature',
  'wrong_key',
  'identity_mismatch',
  'sct',
  'tlog',
  'timestamp',
  'wrong_digest',
];

/** A rejection with the class it means. */
export interface ClassedRejection {
  readonly class: RefusalClass;
  readonly rejection: Rejection;
}

/** The rejection of the candidate that came furthest; undefined where nothing was rejected. */
export function tellingRejection(verdict: Verdict): ClassedRejection | undefined {
  const all = verdict.candidates.flatMap((candidate): readonly ClassedRejection[] => {
    if (candidate.valid) return [];
    const { rejection } = candidate;
    return [{ class: reasons[rejection.reason], rejection }];
  });
  return all.sort((one, other) => progress.indexOf(other.class) - progress.indexOf(one.class))[0];
}

/** The class of a verdict that is not `verified`. */
export function classOfVerdict(verdict: Verdict): RefusalClass {
  if (verdict.fault !== undefined && isUnread(verdict.outcome)) return classOfReading(verdict.fault);
  if (isUnread(verdict.outcome)) return 'registry_unreachable';
  if (verdict.outcome === 'trust-material') return 'config';
  if (verdict.outcome === 'no-certificate') return 'identity_mismatch';
  return tellingRejection(verdict)?.class ?? 'no_signature';
}

/** Whether a source could not be read, so that nothing is known. */
export function isUnread(outcome: Outcome): boolean {
  return outcome === 'registry-auth' || outcome === 'registry-unavailable' || outcome === 'registry-storage';
}
