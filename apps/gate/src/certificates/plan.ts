/** What the holder of the Lease does to the certificates of the gate (admission TLS-3). Pure: the same state and time give the same plan. */
import { mergeBundles } from '@pratique/tls';
import type { Bundle } from '@pratique/tls';
import type { CertificateAction, CertificatePlan } from './actions.ts';
import { planAuthority } from './plan-authority.ts';
import { planLeaf } from './plan-leaf.ts';
import { planPublication } from './plan-publication.ts';
import { planWebhook } from './plan-webhook.ts';
import type { CertificateState } from './state.ts';
import { authoritiesOfSomebody } from './trust.ts';

/**
 * Decides what to do next. What was not read yet is waited for: nothing is concluded from it.
 *
 * @param now milliseconds since 1970
 */
export function planCertificates(state: CertificateState, now: number): CertificatePlan {
  if (isUnread(state)) return { actions: [], wakeAt: undefined };
  const stale = forgetReports(state, now);
  const plan = ownsCertificate(state) ? planOwn(state, now) : planKnown(state, now);
  return together(stale, plan);
}

/** Whether the gate issues: it is to, and nobody else's certificate is in its place. */
export function ownsCertificate({ mode, secret }: Pick<CertificateState, 'mode' | 'secret'>): boolean {
  const foreign = (secret.state === 'usable' || secret.state === 'unusable') && secret.owner === 'somebody';
  return mode === 'auto' && !foreign;
}

function planOwn(state: CertificateState, now: number): CertificatePlan {
  const authority = planAuthority(state, now);
  const { authorities } = authority;
  // Without an authority to sign with, what is there already is kept right all the same.
  if (authorities === undefined) return together(planKnown(state, now), authority);
  return together(
    authority,
    planPublication(state, authorities),
    planLeaf(state, authorities, now),
    planWebhook(state, authorities, now),
  );
}

/** The authorities of the certificate in the Secret are published; the certificate itself is left alone. */
function planKnown(state: CertificateState, now: number): CertificatePlan {
  const { secret, mode } = state;
  const found = secret.state === 'usable' ? authoritiesOfSomebody(secret, now) : undefined;
  const authorities = found && withPrevious(state, found);
  const publication = authorities === undefined ? nothing : planPublication(state, authorities);
  // With cert-manager the caBundle is its injector's; two writers would fight.
  return together(publication, planWebhook(state, mode === 'certManager' ? undefined : authorities, now));
}

// Replicas take the new certificate one after the other; what they serve until then has to be believed too.
function withPrevious({ previous, own, secret, reports }: CertificateState, found: Bundle): Bundle {
  const { fingerprint } = secret.state === 'usable' ? secret : { fingerprint: '' };
  const lagging = own.fingerprint !== fingerprint || reports.some((report) => report.fingerprint !== fingerprint);
  return lagging && previous !== undefined ? mergeBundles(found, previous) : found;
}

function forgetReports({ reports, patience }: CertificateState, now: number): CertificatePlan {
  const old = reports.filter(({ at }) => at + patience.reportLifeMs <= now).map(({ annotation }) => annotation);
  if (old.length === 0) return nothing;
  const why = `${old.length} replicas have said nothing for too long`;
  return { actions: [{ act: 'forget-reports', annotations: old, why }], wakeAt: undefined };
}

function isUnread({ mode, secret, authority, published, webhooks }: CertificateState): boolean {
  const needed = [secret.state, published.state, ...webhooks.map((webhook) => webhook.state)];
  return needed.includes('unread') || (mode === 'auto' && authority.state === 'unread');
}

const nothing: CertificatePlan = { actions: [], wakeAt: undefined };

function together(...plans: readonly CertificatePlan[]): CertificatePlan {
  const actions: readonly CertificateAction[] = plans.flatMap((plan) => plan.actions);
  const times = plans.flatMap(({ wakeAt }) => (wakeAt === undefined ? [] : [wakeAt]));
  return { actions, wakeAt: times.length === 0 ? undefined : Math.min(...times) };
}
