/** When the gate issues itself a certificate. */
import { fingerprintOf, isIssuedBy, namesAll, renewAt } from '@pratique/tls';
import type { Bundle } from '@pratique/tls';
import type { CertificatePlan } from './actions.ts';
import type { CertificateState } from './state.ts';
import { isVouchedFor, ownEntries } from './trust.ts';

interface Due {
  readonly why: string;
  readonly isRepair: boolean;
}

/** Decides about the leaf in the Secret; `authorities` begins with the one that signs. */
export function planLeaf(state: CertificateState, authorities: Bundle, now: number): CertificatePlan {
  const due = whyDue(state, authorities, now);
  if (due === undefined) return { actions: [], wakeAt: nextDue(state) };
  const from = mayIssueFrom(state, authorities, now);
  if (from > now) return { actions: [], wakeAt: Number.isFinite(from) ? from : undefined };
  const repairs = due.isRepair ? { repairs: ['secret'] as const } : {};
  return { actions: [{ act: 'issue-leaf', authorities, why: due.why, ...repairs }], wakeAt: undefined };
}

function whyDue(state: CertificateState, authorities: Bundle, now: number): Due | undefined {
  const { secret, names, own, reports } = state;
  const [signer] = authorities.certificates;
  if (secret.state === 'missing') {
    // Where something is served already, the Secret was there before.
    const isRepair = !own.standIn || reports.length > 0;
    return { why: 'there is no certificate', isRepair };
  }
  if (secret.state === 'unusable') return { why: `the certificate cannot be used: ${secret.why}`, isRepair: true };
  if (secret.state !== 'usable' || signer === undefined) return undefined;
  const { leaf } = secret.pair;
  if (!isIssuedBy(leaf, signer)) return { why: 'it was signed by another authority', isRepair: false };
  if (state.timeIsConfirmed && leaf.validFromDate.getTime() > now) {
    return { why: 'it begins in the future: a clock was wrong', isRepair: true };
  }
  if (leaf.validToDate.getTime() <= now) return { why: 'it is over', isRepair: true };
  if (renewAt(leaf) <= now) return { why: 'two thirds of its life are over', isRepair: false };
  return namesAll(leaf, names) ? undefined : { why: 'it does not name the service', isRepair: true };
}

function nextDue({ secret }: CertificateState): number | undefined {
  return secret.state === 'usable' ? renewAt(secret.pair.leaf) : undefined;
}

/**
 * A leaf of an authority that callers do not know yet would be refused. So it waits until the authority has stood in every
 * webhook entry for a while; not where no caller comes (no rules), and not where nothing that works would be lost.
 */
function mayIssueFrom(state: CertificateState, authorities: Bundle, now: number): number {
  const entries = ownEntries(state.webhooks);
  if (entries.every((entry) => entry.rules.length === 0)) return now;
  const others = state.reports.some(({ fingerprint }) => fingerprint !== state.own.fingerprint);
  if (!others && isVouchedFor(state.own.chain, state, now) !== true) return now;
  const [signer] = authorities.certificates;
  const since = signer && state.vouchedSince.get(fingerprintOf(signer));
  return since === undefined ? Number.POSITIVE_INFINITY : since + state.patience.settleMs;
}
