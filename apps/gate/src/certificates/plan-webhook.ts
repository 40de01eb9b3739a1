/** What stands in the own entries of the webhook configurations: who is trusted, and what is asked (admission WHK-3). */
import { sameBundle } from '@pratique/tls';
import type { Bundle } from '@pratique/tls';
import type { CertificateAction, CertificatePlan, EntryChange } from './actions.ts';
import type { RepairedObject } from './certificates.ts';
import { sameRules } from './readings.ts';
import type { CertificateState, WebhookEntry, WebhookReading, WebhookRule } from './state.ts';
import { judge } from './trust.ts';

interface Wish {
  /** Undefined: somebody else writes `caBundle`, or nobody knows what belongs there. */
  readonly authorities: Bundle | undefined;
  /** Undefined: the rules stay as they are. */
  readonly rules: readonly WebhookRule[] | undefined;
  /** Whether an entry without rules gets them now. */
  readonly mayActivate: boolean;
}

/** Decides about every webhook configuration that is there. */
export function planWebhook(state: CertificateState, authorities: Bundle | undefined, now: number): CertificatePlan {
  const from = activateFrom(state, authorities, now);
  const actions = state.webhooks.flatMap((webhook) => planOne(webhook, { authorities, now, state, from }));
  const inactive = state.webhooks.some((webhook) => webhook.state === 'there' && webhook.entries.some(isInactive));
  return { actions, wakeAt: inactive && from !== undefined && from > now ? from : undefined };
}

interface Circumstances {
  readonly authorities: Bundle | undefined;
  readonly now: number;
  readonly state: CertificateState;
  readonly from: number | undefined;
}

function planOne(
  webhook: WebhookReading,
  { authorities, now, state, from }: Circumstances,
): readonly CertificateAction[] {
  if (webhook.state !== 'there') return [];
  const { ref, wanted } = webhook;
  const rules = wanted.state === 'known' ? wanted.rules : undefined;
  const mayActivate = from !== undefined && from <= now;
  const changes = webhook.entries.map((entry) => {
    // Rules never stand beside a caBundle that does not vouch for what is served.
    const trusted = judge(state.own.chain, authorities ?? entry.authorities, { callersName: state.callersName, now });
    return changeOf(entry, { authorities, rules: trusted.outcome === 'ok' ? rules : undefined, mayActivate });
  });
  const found = changes.flatMap((change) => (change === undefined ? [] : [change]));
  if (found.length === 0) return [];
  const why = found.map((change) => change.why).join(' ');
  const repairs = [...new Set(found.flatMap((change) => change.repairs))];
  return [{ act: 'set-webhook', ref, entries: found.map((change) => change.entry), why, repairs }];
}

interface Change {
  readonly entry: EntryChange;
  readonly why: string;
  readonly repairs: readonly RepairedObject[];
}

function changeOf(entry: WebhookEntry, { authorities, rules, mayActivate }: Wish): Change | undefined {
  const wrongTrust = authorities !== undefined && !(entry.authorities && sameBundle(entry.authorities, authorities));
  const wrongRules = rules !== undefined && !sameRules(entry.rules, rules) && (!isInactive(entry) || mayActivate);
  if (!wrongTrust && !wrongRules) return undefined;
  const { index, name } = entry;
  const reasons = [
    wrongTrust ? (entry.flaw ?? `The caBundle of webhook ${name} holds other authorities.`) : '',
    wrongRules ? `Webhook ${name} ${isInactive(entry) ? 'has no rules yet' : 'has other rules'}.` : '',
  ];
  // Before the first rules nobody calls, so nothing was broken.
  const active = !isInactive(entry);
  return {
    entry: { index, name, ...(wrongTrust && { authorities }), ...(wrongRules && { rules }) },
    why: reasons.filter((reason) => reason !== '').join(' '),
    repairs: [
      ...(wrongTrust && active ? ['caBundle' as const] : []),
      ...(wrongRules && active ? ['rules' as const] : []),
    ],
  };
}

/**
 * From when the webhook may be switched on; undefined while it may not: what is served is trusted with it, this replica is
 * ready, and the Service answers or has not answered for a minute, which must not leave the cluster unguarded.
 */
function activateFrom(state: CertificateState, authorities: Bundle | undefined, now: number): number | undefined {
  const { own, readySince, serviceAnswers, patience, callersName } = state;
  if (own.standIn || readySince === undefined) return undefined;
  if (authorities !== undefined && judge(own.chain, authorities, { callersName, now }).outcome !== 'ok')
    return undefined;
  return serviceAnswers ? readySince : readySince + patience.probeMs;
}

function isInactive(entry: WebhookEntry): boolean {
  return entry.rules.length === 0;
}
