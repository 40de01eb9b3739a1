/** Everything that is decided from, put together: objects as seen last, what is served, and since when. */
import { bundleOf, fingerprintOf, serviceNames } from '@pratique/tls';
import type { Bundle } from '@pratique/tls';
import { readReports } from './annotations.ts';
import type { ClusterObject, ClusterRef } from './cluster.ts';
import { defaultObjectNames } from './options.ts';
import type { ClusterSource, ObjectNames } from './options.ts';
import { readPublished, readSecret, readWebhook } from './readings.ts';
import type { ServedCertificate } from './served-certificate.ts';
import { usualPatience } from './state.ts';
import type { CertificateState, SecretReading } from './state.ts';
import { anchorOf, ownEntries } from './trust.ts';
import type { WatchedObjects } from './watched-objects.ts';

/** The objects, as they are addressed. */
export interface ClusterRefs {
  readonly secret: ClusterRef;
  readonly authority: ClusterRef;
  readonly configMap: ClusterRef;
  readonly webhooks: readonly ClusterRef[];
}

/** The names of the objects of a gate. */
export function namesOf({ objects }: ClusterSource): ObjectNames {
  return { ...defaultObjectNames, ...objects };
}

/** Puts states together; remembers what only time shows. */
export class ClusterView {
  readonly refs: ClusterRefs;
  serviceAnswers = false;
  readonly #source: ClusterSource;
  readonly #watched: WatchedObjects;
  readonly #served: ServedCertificate;
  readonly #vouchedSince = new Map<string, number>();
  readonly #read = new WeakMap<ClusterObject, SecretReading>();
  #readySince: number | undefined;
  #previous: Bundle | undefined;

  constructor(source: ClusterSource, watched: WatchedObjects, served: ServedCertificate) {
    const { secret, authoritySecret, configMap, webhook } = namesOf(source);
    this.#source = source;
    this.#watched = watched;
    this.#served = served;
    this.refs = {
      secret: { kind: 'Secret', name: secret },
      authority: { kind: 'Secret', name: authoritySecret },
      configMap: { kind: 'ConfigMap', name: configMap },
      webhooks: [
        { kind: 'MutatingWebhookConfiguration', name: webhook },
        { kind: 'ValidatingWebhookConfiguration', name: webhook },
      ],
    };
  }

  /** The state at `now`; what changed since the last call is remembered with this time. `isConfirmed`: an API server was seen to have it too. */
  state(now: number, isConfirmed: boolean): CertificateState {
    const { mode, service, namespace, patience } = this.#source;
    const { refs } = this;
    const callersName = `${service}.${namespace}.svc`;
    const secret = this.#secret(refs.secret);
    const published = readPublished(this.#watched.at(refs.configMap));
    const webhooks = refs.webhooks.map((ref) => readWebhook(this.#watched.at(ref), ref, callersName));
    const reports = published.state === 'there' ? readReports(published.object.metadata.annotations) : [];
    this.#noticeTrust(
      ownEntries(webhooks).map((entry) => entry.authorities),
      now,
    );
    this.#noticeReady(now);
    const state: CertificateState = {
      timeIsConfirmed: isConfirmed,
      ...{ mode, callersName, secret, published, webhooks, reports },
      names: serviceNames(service, namespace),
      authority: this.#secret(refs.authority),
      own: this.#own(),
      previous: this.#previous,
      vouchedSince: this.#vouchedSince,
      ...{ readySince: this.#readySince, serviceAnswers: this.serviceAnswers },
      patience: { ...usualPatience, ...patience },
    };
    this.#previous = rememberServed(state, now);
    return { ...state, previous: this.#previous };
  }

  /** Reading a key pair is work, and states are put together several times a round: the same object is read once. */
  #secret(ref: ClusterRef): SecretReading {
    const looked = this.#watched.at(ref);
    const object = looked.state === 'read' ? looked.object : undefined;
    const known = object && this.#read.get(object);
    const reading = known ?? readSecret(looked, `Secret ${ref.name}`);
    if (object !== undefined) this.#read.set(object, reading);
    return reading;
  }

  #own(): CertificateState['own'] {
    const { pair, authorities, source } = this.#served.material;
    return { fingerprint: this.#served.fingerprint, chain: pair.chain, authorities, standIn: source === 'stand-in' };
  }

  /** Since when each authority stands in every entry: one that is missing anywhere is not trusted yet. */
  #noticeTrust(bundles: readonly (Bundle | undefined)[], now: number): void {
    const [first, ...others] = bundles;
    const everywhere = (first?.fingerprints ?? []).filter((fingerprint) =>
      others.every((bundle) => bundle?.fingerprints.includes(fingerprint)),
    );
    for (const known of this.#vouchedSince.keys()) if (!everywhere.includes(known)) this.#vouchedSince.delete(known);
    // A time to come was noted before the clock was put right.
    for (const one of everywhere) this.#vouchedSince.set(one, Math.min(now, this.#vouchedSince.get(one) ?? now));
  }

  #noticeReady(now: number): void {
    this.#readySince = this.#source.isReady() ? Math.min(now, this.#readySince ?? now) : undefined;
  }
}

/** Who vouched for what this replica served, until all replicas have moved on. */
function rememberServed({ own, previous, secret, reports }: CertificateState, now: number): Bundle | undefined {
  const anchor = own.standIn ? undefined : anchorOf(own.chain, own.authorities, now);
  const lagging = secret.state === 'usable' && reports.some((report) => report.fingerprint !== secret.fingerprint);
  const before = lagging ? (previous?.certificates ?? []) : [];
  const all = [...before, ...(anchor === undefined ? [] : [anchor])].filter((one) => one.validToDate.getTime() > now);
  const unique = [...new Map(all.map((one) => [fingerprintOf(one), one])).values()];
  return unique.length === 0 ? undefined : bundleOf(unique, 'authorities of what was served');
}
