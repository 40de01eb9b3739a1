/** Numbers about a running gate (3.7). Names and labels of the first eight are those existing dashboards know. */
import { Counter, Gauge, Histogram } from '@pratique/runtime/metrics';
import type { Registry } from '@pratique/runtime/metrics';
import type { CertificateFacts } from './certificates/certificates.ts';
import type { ImageOutcome, ReviewOutcome } from './review/outcome.ts';
import type { StoreEvent } from './verdicts/verdict-store.ts';

/** What became of a request, for counting. */
export interface AnsweredReview {
  readonly outcome: ReviewOutcome;
  /** What the API server was told, after all modes. */
  readonly allowed: boolean;
  readonly ms: number;
}

/** Where the parts of the gate note what happens. */
export interface Measured {
  readonly registry: Registry;
  /** Every call of `/mutate` and `/validate`, also those that are no review. */
  onCall(): void;
  onReview(answered: AnsweredReview): void;
  onStore(event: StoreEvent): void;
  onReload(result: 'success' | 'error'): void;
  onAlert(alert: { readonly receiver: string; readonly result: string }): void;
  onRegistryRequest(request: { readonly host: string; readonly code: string; readonly ms: number }): void;
}

/** What gauges ask when they are read. */
export interface Gauged {
  certificate(): CertificateFacts | undefined;
  /** Age of the public trust material in seconds, or undefined where there is none. */
  sigstoreRootAge(): number | undefined;
}

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Hosts come from images, so from strangers: more than these are counted together. */
const maxHosts = 200;

/** Statuses that tell something; a registry of a stranger may answer any number. */
const telling = new Set(['400', '401', '403', '404', '405', '429', '500', '502', '503', '504']);

function codeLabel(code: string): string {
  if (!/^\d+$/.test(code) || telling.has(code)) return code;
  return /^[1-5]\d\d$/.test(code) ? `${code.slice(0, 1)}xx` : 'other';
}

/** Declares the metrics of a gate. */
export function measureGate(registry: Registry, gauged: Gauged): Measured {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name: `connaisseur_${name}`, help, labelNames: [...labelNames], registers });
  const cache = counter('cache_total', 'Look-ups in the cache of verdicts.', ['result']);
  const reloads = counter('config_reload_total', 'Configurations taken up and refused after the start.', ['result']);
  const alerts = counter('alerts_total', 'Alerts sent.', ['receiver', 'result']);
  const requests = counter('requests_total', 'Calls of the webhook.');
  const registryRequests = new Histogram({
    name: 'connaisseur_registry_request_duration_seconds',
    help: 'Requests to registries.',
    labelNames: ['host', 'code'],
    buckets: seconds,
    registers,
  });
  for (const result of ['success', 'error']) reloads.inc({ result }, 0);
  addGauges(registry, gauged);
  const onReview = measureReviews(registry);
  const hosts = new Set<string>();
  return {
    registry,
    onCall: () => requests.inc(),
    onReview: (answered) => {
      for (const image of answered.outcome.images) if (image.cache !== 'none') cache.inc({ result: image.cache });
      onReview(answered);
    },
    onStore: ({ result }) => {
      // Stores are asked one behind the other, and for the ledger too: hits and misses are counted per image.
      if (result === 'error' || result === 'rejected') cache.inc({ result });
    },
    onReload: (result) => reloads.inc({ result }),
    onAlert: (alert) => alerts.inc({ receiver: alert.receiver, result: alert.result }),
    onRegistryRequest: ({ host, code, ms }) => {
      if (hosts.size < maxHosts) hosts.add(host);
      registryRequests.observe({ host: hosts.has(host) ? host : 'other', code: codeLabel(code) }, ms / 1000);
    },
  };
}

function measureReviews(registry: Registry): Measured['onReview'] {
  const registers = [registry];
  const admitted = new Counter({
    name: 'connaisseur_requests_admitted_total',
    help: 'Requests that were admitted, after all modes.',
    registers,
  });
  const denied = new Counter({
    name: 'connaisseur_requests_denied_total',
    help: 'Requests that were denied, after all modes.',
    labelNames: ['timeout'],
    registers,
  });
  const durations = new Histogram({
    name: 'connaisseur_request_duration_seconds',
    help: 'Time from the last byte of a request to its answer.',
    labelNames: ['outcome'],
    buckets: seconds,
    registers,
  });
  const onImage = measureImages(registry);
  return ({ outcome, allowed, ms }) => {
    for (const image of outcome.images) onImage(image);
    if (allowed) admitted.inc();
    else denied.inc({ timeout: String(outcome.judgedInTime !== undefined) });
    durations.observe({ outcome: allowed ? 'admitted' : 'denied' }, ms / 1000);
  };
}

function measureImages(registry: Registry): (image: ImageOutcome) => void {
  const registers = [registry];
  const labelNames = ['type', 'validator_name'] as const;
  const counter = <L extends string>(name: string, help: string, more: readonly L[] = []) =>
    new Counter({ name: `connaisseur_validations_${name}`, help, labelNames: [...labelNames, ...more], registers });
  const total = counter('total', 'Images judged.', ['result']);
  const successful = counter('successful_total', 'Images accepted.');
  const failed = counter('failed_total', 'Images refused.');
  const skipped = counter('skipped_total', 'Images not looked at.', ['reason']);
  const timeouted = counter('timeouted_total', 'Images the deadline came before.');
  const errors = new Counter({
    name: 'connaisseur_errors_total',
    help: 'Images refused, by class.',
    labelNames: ['class'],
    registers,
  });
  const durations = new Histogram({
    name: 'connaisseur_validation_duration_seconds',
    help: 'Time from choosing the rule of an image to its verdict.',
    labelNames: [...labelNames, 'cache'],
    buckets: seconds,
    registers,
  });
  return ({ verdict, skipped: reason, timedOut, cache, durationMs }) => {
    const labels = { type: verdict.by?.type ?? 'unknown', validator_name: verdict.by?.validator ?? '' };
    const isGood = verdict.verdict === 'accepted';
    total.inc({ ...labels, result: isGood ? 'success' : 'error' });
    if (reason !== undefined) skipped.inc({ ...labels, reason });
    if (isGood) successful.inc(labels);
    else if (timedOut) timeouted.inc(labels);
    else failed.inc(labels);
    if (!isGood) errors.inc({ class: verdict.class });
    durations.observe({ ...labels, cache }, durationMs / 1000);
  };
}

function addGauges(registry: Registry, { certificate, sigstoreRootAge }: Gauged): void {
  const gauge = (name: string, help: string, value: () => number | undefined) =>
    new Gauge({
      name: `connaisseur_${name}`,
      help,
      registers: [registry],
      collect() {
        const found = value();
        if (found === undefined) this.remove();
        else this.set(found);
      },
    });
  gauge('tls_not_after_seconds', 'When the served certificate ends, in seconds since 1970.', () => {
    const facts = certificate();
    return facts === undefined ? undefined : facts.notAfter / 1000;
  });
  gauge('cabundle_in_sync', '1 while every own webhook entry vouches for the served certificate.', () => {
    const inSync = certificate()?.caBundleInSync;
    return inSync === undefined ? undefined : Number(inSync);
  });
  gauge('sigstore_root_age_seconds', 'Age of the public trust material.', sigstoreRootAge);
}
