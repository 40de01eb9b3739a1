/** Which authority signs, which others stay published beside it, and when either changes. */
import type { X509Certificate } from 'node:crypto';
import { bundleOf, fingerprintOf, isIssuedBy, issuedAt, renewAt, stillValid } from '@pratique/tls';
import type { Bundle } from '@pratique/tls';
import type { CertificatePlan } from './actions.ts';
import type { CertificateState, SecretReading } from './state.ts';
import { anchorOf } from './trust.ts';

/** The plan for the authority; `authorities` are those to publish, undefined while there is none to sign with. */
export interface AuthorityPlan extends CertificatePlan {
  readonly authorities: Bundle | undefined;
}

type Usable = Extract<SecretReading, { state: 'usable' }>;

/** Decides about the Secret of the authority. */
export function planAuthority(state: CertificateState, now: number): AuthorityPlan {
  const { authority } = state;
  if (authority.state === 'usable') return planUsable(state, authority, now);
  // Somebody's broken authority is for them to mend; it is reported, and what is published stays.
  if (authority.state === 'unusable' && authority.owner === 'somebody') return waiting();
  const why =
    authority.state === 'unusable' ? `the authority cannot be used: ${authority.why}` : 'there is no authority yet';
  // On a first start there is nothing that was broken.
  const lost = authority.state === 'unusable' || state.secret.state === 'usable';
  return create(state, { why, now, ...(lost && { repairs: ['authority'] as const }) });
}

function planUsable(state: CertificateState, authority: Usable, now: number): AuthorityPlan {
  const own = authority.pair.leaf;
  if (!own.ca && authority.owner === 'somebody') return waiting();
  if (!own.ca) return create(state, { why: 'what was kept as authority is none', now, repairs: ['authority'] });
  if (state.timeIsConfirmed && own.validFromDate.getTime() > now && authority.owner === 'gate') {
    return create(state, { why: 'the authority begins in the future: a clock was wrong', now, repairs: ['authority'] });
  }
  const due = renewAt(own);
  if (due <= now && authority.owner === 'gate') {
    return create(state, { why: `the authority is due since ${new Date(due).toISOString()}`, now, beside: own });
  }
  // Somebody's authority is used to its last day; that it ends is reported.
  if (own.validToDate.getTime() <= now) return waiting();
  const kept = besides(own, authority.authorities, now);
  const needed = unique([...kept, ...stillServed(state, now)]).filter((one) => !one.raw.equals(own.raw));
  const droppable = kept.length > 0 && mayDrop(state, own, now);
  const wanted = droppable ? [] : needed;
  const authorities = bundleOf([own, ...wanted], 'authorities');
  const changed =
    wanted.length !== kept.length || wanted.some((one) => !kept.some((other) => other.raw.equals(one.raw)));
  const why = droppable
    ? 'every replica serves a certificate of the new authority, so the old one goes'
    : 'replicas still serve certificates of another authority';
  return {
    authorities,
    actions: changed ? [{ act: 'keep-authorities', authorities, why }] : [],
    wakeAt: earliest([due > now ? due : undefined, kept.length > 0 ? overlapEnds(state, now) : undefined]),
  };
}

interface Creation {
  readonly why: string;
  readonly now: number;
  readonly repairs?: readonly ['authority'];
  readonly beside?: X509Certificate;
}

function create(state: CertificateState, { why, now, repairs, beside }: Creation): AuthorityPlan {
  const { authority } = state;
  const before = authority.state === 'usable' ? besides(undefined, authority.authorities, now) : [];
  const current = beside === undefined || beside.validToDate.getTime() <= now ? [] : [beside];
  const keep = unique([...current, ...before, ...stillServed(state, now)]);
  return {
    authorities: undefined,
    wakeAt: undefined,
    actions: [
      {
        ...{ act: 'create-authority', why },
        keep: keep.length === 0 ? undefined : bundleOf(keep, 'authorities that are still needed'),
        ...(repairs && { repairs }),
      },
    ],
  };
}

/** Who vouches for the leaf in the Secret and for what this replica serves, as far as it came with them. */
function stillServed({ secret, own }: CertificateState, now: number): readonly X509Certificate[] {
  const ofSecret = secret.state === 'usable' ? anchorOf(secret.pair.chain, secret.authorities, now) : undefined;
  const ofOwn = own.standIn ? undefined : anchorOf(own.chain, own.authorities, now);
  return [ofSecret, ofOwn].flatMap((anchor) => (anchor === undefined ? [] : [anchor]));
}

/** An old authority goes when the leaf is the new one's, long enough, and every replica that speaks says so. */
function mayDrop(state: CertificateState, signer: X509Certificate, now: number): boolean {
  const { secret, own, reports, patience } = state;
  if (secret.state !== 'usable' || !isIssuedBy(secret.pair.leaf, signer)) return false;
  if (own.fingerprint !== secret.fingerprint) return false;
  if (issuedAt(secret.pair.leaf) + patience.overlapMs > now) return false;
  // No report at all is no answer: this replica's own must at least have arrived.
  return reports.length > 0 && reports.every(({ fingerprint }) => fingerprint === secret.fingerprint);
}

/** When it is worth looking again: the overlap is over, or a silent replica is given up. */
function overlapEnds({ secret, reports, patience }: CertificateState, now: number): number | undefined {
  if (secret.state !== 'usable') return undefined;
  const silent = reports.filter(({ fingerprint }) => fingerprint !== secret.fingerprint);
  const times = [
    issuedAt(secret.pair.leaf) + patience.overlapMs,
    ...silent.map(({ at }) => at + patience.reportLifeMs),
  ];
  return earliest(times.filter((time) => time > now));
}

function besides(
  own: X509Certificate | undefined,
  authorities: Bundle | undefined,
  now: number,
): readonly X509Certificate[] {
  if (authorities === undefined) return [];
  return stillValid(authorities, now).filter((one) => own === undefined || !one.raw.equals(own.raw));
}

function unique(certificates: readonly X509Certificate[]): readonly X509Certificate[] {
  return [...new Map(certificates.map((one) => [fingerprintOf(one), one])).values()];
}

function waiting(): AuthorityPlan {
  return { authorities: undefined, actions: [], wakeAt: undefined };
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
