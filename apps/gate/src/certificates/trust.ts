/** Who vouches for what: the questions that planning, serving and diagnosing all ask. */
import type { X509Certificate } from 'node:crypto';
import { bundleOf, checkServing, fingerprintOf, isSelfSigned } from '@pratique/tls';
import type { Bundle, ServingCheck } from '@pratique/tls';
import type { CertificateState, SecretReading, WebhookEntry, WebhookReading } from './state.ts';

/** The own entries of all webhook configurations that are there. */
export function ownEntries(webhooks: readonly WebhookReading[]): readonly WebhookEntry[] {
  return webhooks.flatMap((webhook) => (webhook.state === 'there' ? webhook.entries : []));
}

/** What a caller that trusts these authorities would say of a chain. */
export function judge(
  chain: readonly X509Certificate[],
  authorities: Bundle | undefined,
  { callersName, now }: { readonly callersName: string; readonly now: number },
): ServingCheck {
  return checkServing({ chain, bundle: authorities?.certificates ?? [], name: callersName, now });
}

/** Whether every own webhook entry vouches for a chain; undefined where there is no entry or one was not read. */
export function isVouchedFor(
  chain: readonly X509Certificate[],
  state: Pick<CertificateState, 'webhooks' | 'callersName'>,
  now: number,
): boolean | undefined {
  if (state.webhooks.some((webhook) => webhook.state === 'unread')) return undefined;
  const entries = ownEntries(state.webhooks);
  if (entries.length === 0) return undefined;
  const at = { callersName: state.callersName, now };
  return entries.every((entry) => judge(chain, entry.authorities, at).outcome === 'ok');
}

/** The one authority of a bundle that vouches for a chain, whatever its name; undefined where none does. */
export function anchorOf(
  chain: readonly X509Certificate[],
  authorities: Bundle | undefined,
  now: number,
): X509Certificate | undefined {
  const check = checkServing({ chain, bundle: authorities?.certificates ?? [], now });
  return check.outcome === 'ok' ? check.anchor : undefined;
}

/** Who vouches for a certificate that somebody put there: its `ca.crt`, or itself where it signed itself. */
export function authoritiesOfSomebody(
  secret: Extract<SecretReading, { state: 'usable' }>,
  now: number,
): Bundle | undefined {
  const { pair, authorities } = secret;
  if (anchorOf(pair.chain, authorities, now) !== undefined) return authorities;
  const candidates = pair.chain.filter(isSelfSigned);
  if (candidates.length === 0) return undefined;
  const own = bundleOf(candidates, 'chain of the certificate');
  return anchorOf(pair.chain, own, now) === undefined ? undefined : own;
}

/** Since when every entry carries the authority that vouches for a chain; undefined where it does not. */
export function vouchedSince(
  chain: readonly X509Certificate[],
  authorities: Bundle | undefined,
  { since, now }: { readonly since: ReadonlyMap<string, number>; readonly now: number },
): number | undefined {
  const anchor = anchorOf(chain, authorities, now);
  return anchor && since.get(fingerprintOf(anchor));
}
