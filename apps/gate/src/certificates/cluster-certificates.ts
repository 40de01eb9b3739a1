/** Certificates in a cluster: what stands in the Secret is served, and the holder of the Lease keeps all of it right. */
import { setTimeout as pause } from 'node:timers/promises';
import type { CertificateAction, CertificatePlan } from './actions.ts';
import { reportText, servesAnnotation } from './annotations.ts';
import type { CertificateFacts, CertificateProblem, Certificates } from './certificates.ts';
import { chooseServing } from './choose-serving.ts';
import type { ClusterObject, ClusterRef } from './cluster.ts';
import { ClusterView, namesOf } from './cluster-view.ts';
import { diagnose } from './diagnose.ts';
import { execute } from './execute.ts';
import { factsOf } from './facts.ts';
import { firstMaterial } from './first-material.ts';
import { usualTimes } from './loop-times.ts';
import type { LoopTimes } from './loop-times.ts';
import type { ClusterSource, StartCertificatesOptions } from './options.ts';
import { Problems } from './problems.ts';
import { planCertificates } from './plan.ts';
import { serviceAnswers } from './probe.ts';
import { ServerClock } from './server-clock.ts';
import { ServedCertificate } from './served-certificate.ts';
import type { CertificateState } from './state.ts';
import { isVouchedFor, ownEntries } from './trust.ts';
import { clusterAway, WatchedObjects } from './watched-objects.ts';
import { Wakeup } from './wakeup.ts';
import { WriteRate } from './write-rate.ts';

/** The API server may be away when the program stops; what is not given back runs out by itself. */
const stopMs = 3_000;

/**
 * Starts watching and, while it holds the Lease, writing. Resolves when the Secret was read, or with what is mounted or
 * a stand-in where that takes too long.
 */
export async function startClusterCertificates(
  options: StartCertificatesOptions,
  given: ClusterSource,
): Promise<Certificates> {
  // A lease without a holder is free: nobody may hold it under an empty name.
  const pod = given.pod === '' ? `gate-${Buffer.from(options.random(6)).toString('hex')}` : given.pod;
  const source = { ...given, pod };
  const problems = new Problems(options.log);
  const times = { ...usualTimes, ...source.times };
  const clock = new ServerClock(options.now);
  const wakeup = new Wakeup(() => clock.now());
  const watched = new WatchedObjects(source.cluster, problems, () => wakeup.now());
  const first = await firstMaterial({ options, source, waitMs: times.firstMs });
  const served = new ServedCertificate(first, options.clientAuthorities);
  const keeper = new Keeper({ options, source, times, problems, watched, served, clock, wakeup });
  keeper.start();
  return keeper;
}

interface KeeperParts {
  readonly options: StartCertificatesOptions;
  readonly source: ClusterSource;
  readonly times: LoopTimes;
  readonly problems: Problems;
  readonly watched: WatchedObjects;
  readonly served: ServedCertificate;
  readonly clock: ServerClock;
  readonly wakeup: Wakeup;
}

class Keeper implements Certificates {
  readonly #parts: KeeperParts;
  readonly #view: ClusterView;
  readonly #repairs = { secret: 0, authority: 0, configmap: 0, caBundle: 0, rules: 0 };
  readonly #rate = new WriteRate();
  #failures = 0;
  #leading = false;
  /** As the last round saw it; facts are asked for often and read from this. */
  #last: CertificateState | undefined;
  #lease: { stop(): Promise<void> } | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#view = new ClusterView(parts.source, parts.watched, parts.served);
  }

  start(): void {
    const { source, watched, problems, wakeup } = this.#parts;
    for (const ref of [this.#view.refs.secret, this.#view.refs.configMap, ...this.#view.refs.webhooks])
      watched.watch(ref);
    this.#lease = source.cluster.lead(namesOf(source).lease, {
      identity: source.pod,
      onChange: (leading) => this.#lead(leading),
      onTrouble: (error) => problems.set('lease', [clusterAway('The Lease cannot be had', error)]),
    });
    this.#running = wakeup.each(() => this.#round());
  }

  secureContext(): ReturnType<Certificates['secureContext']> {
    return this.#parts.served.context();
  }

  onChange(listener: Parameters<Certificates['onChange']>[0]): () => void {
    return this.#parts.served.onChange(listener);
  }

  facts(): CertificateFacts {
    const { served, problems } = this.#parts;
    const state = this.#last ?? this.#state();
    const entries = ownEntries(state.webhooks);
    return {
      ...factsOf(served),
      caBundleInSync: isVouchedFor(state.own.chain, state, this.#now()),
      webhookActive: entries.length === 0 ? undefined : entries.every((entry) => entry.rules.length > 0),
      ...{ leading: this.#leading, repairs: { ...this.#repairs }, problems: problems.current() },
    };
  }

  async stop(): Promise<void> {
    const { wakeup, watched } = this.#parts;
    wakeup.stop();
    await within(stopMs, this.#running);
    await within(stopMs, this.#report(null));
    watched.stop();
    await within(stopMs, this.#lease?.stop());
    this.#leading = false;
  }

  #lead(leading: boolean): void {
    const { watched, source, options, problems, wakeup } = this.#parts;
    problems.set('lease', []);
    if (leading === this.#leading) return;
    this.#leading = leading;
    options.log.info(
      { leading, pod: source.pod },
      leading ? 'certificates: this replica keeps them' : 'certificates: another replica keeps them',
    );
    if (leading && source.mode === 'auto') watched.watch(this.#view.refs.authority);
    if (!leading) watched.forget(this.#view.refs.authority);
    wakeup.now();
  }

  /** One look at everything, and what follows from it. Gives when to look again at the latest; never throws. */
  async #round(): Promise<number> {
    const { times, problems, watched } = this.#parts;
    const failures: unknown[] = [];
    // Each part is tried whatever became of the one before: serving needs no cluster, and healing no report.
    const attempt = async <T>(work: () => Promise<T> | T): Promise<T | undefined> => {
      try {
        return await work();
      } catch (error) {
        failures.push(error);
        return undefined;
      }
    };
    const hold = await attempt(() => this.#serve());
    await attempt(() => watched.readBroken());
    const plan = await attempt(() => this.#keep());
    await attempt(() => this.#tell());
    problems.set(
      'cluster',
      failures.slice(0, 1).map((error) => clusterAway('Certificates cannot be kept up', error)),
    );
    this.#failures = failures.length === 0 ? 0 : this.#failures + 1;
    const regular = failures.length === 0 ? this.#patience() : backoff(times, this.#failures);
    return Math.min(plan ?? Infinity, hold ?? Infinity, this.#now() + regular);
  }

  #patience(): number {
    const { times, watched } = this.#parts;
    const waiting = ownEntries(this.#last?.webhooks ?? []).some((entry) => entry.rules.length === 0);
    if (this.#leading && waiting) return times.readyMs;
    return watched.isBroken ? times.brokenMs : times.regularMs;
  }

  #now(): number {
    return this.#parts.clock.now();
  }

  #state(): CertificateState {
    return this.#view.state(this.#now(), this.#parts.clock.isConfirmed);
  }

  /** Serves what is to be served; gives when a held-back certificate is to be looked at again. */
  #serve(): number | undefined {
    const { options, served } = this.#parts;
    const choice = chooseServing(this.#state(), this.#now());
    if (choice.choice === 'switch') {
      const before = served.fingerprint;
      served.change({ pair: choice.pair, authorities: choice.authorities, source: 'cluster' });
      if (before === served.fingerprint) return undefined;
      const { notAfter, fingerprint } = factsOf(served);
      options.log.info({ fingerprint, notAfter: new Date(notAfter).toISOString() }, 'certificates: serving another');
    }
    return choice.choice === 'hold' ? choice.until : undefined;
  }

  /** Says what is wrong, and to the other replicas what this one serves. */
  async #tell(): Promise<void> {
    const { source, times, problems, clock } = this.#parts;
    const state = this.#state();
    this.#last = state;
    problems.set('state', diagnose(state, this.#problemNames(), this.#now()));
    problems.set('clock', clockProblems(clock.skewMs));
    if (state.published.state !== 'there' || state.own.standIn) return;
    const annotation = servesAnnotation(source.pod);
    const said = state.reports.find((report) => report.annotation === annotation);
    const isFresh = said !== undefined && Math.abs(this.#now() - said.at) < times.reportMs;
    if (isFresh && said.fingerprint === state.own.fingerprint) return;
    await this.#report(reportText(state.own.fingerprint, this.#now()));
  }

  async #report(text: string | null): Promise<void> {
    const { source } = this.#parts;
    const ref = this.#view.refs.configMap;
    const written = await source.cluster.annotate(ref, { [servesAnnotation(source.pod)]: text });
    if (written.outcome === 'written') this.#take(ref, written.object);
  }

  /** What was written is seen at once by the next round, without waiting for the watch to tell it. */
  #take(ref: ClusterRef, object: ClusterObject): void {
    const { watched, clock } = this.#parts;
    const before = watched.at(ref);
    clock.notice(before.state === 'read' ? before.object : undefined, object);
    watched.set(ref, object);
  }

  /** Plans and does, where this replica holds the Lease; gives when to look again. */
  async #keep(): Promise<number | undefined> {
    if (!this.#leading) return undefined;
    const { times, problems } = this.#parts;
    await this.#askService(this.#state());
    const plan = planCertificates(this.#state(), this.#now());
    const { until, problems: contested } = this.#rate.judge(this.#now(), times.contestedMs);
    problems.set('contested', contested);
    if (plan.actions.length === 0) return plan.wakeAt;
    if (until > this.#now()) return until;
    await this.#doAll(plan);
    return this.#now();
  }

  /** One that fails keeps the others from nothing: a right that is missing for the ConfigMap must not leave caBundle wrong. */
  async #doAll(plan: CertificatePlan): Promise<void> {
    const failures: unknown[] = [];
    for (const action of plan.actions) {
      if (!this.#leading) return;
      await this.#do(action).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  async #do(action: CertificateAction): Promise<void> {
    const { options, source, watched } = this.#parts;
    const { random, log } = options;
    const { ref, written } = await execute(action, {
      ...{ cluster: source.cluster, refs: this.#view.refs, state: this.#state(), now: this.#now(), random },
    });
    const object = `${ref.kind} ${ref.name}`;
    this.#rate.note(this.#now());
    if (written.outcome === 'conflict') {
      watched.set(ref, await source.cluster.read(ref));
      log.info({ object, act: action.act }, 'certificates: somebody was faster, looking again');
      return;
    }
    this.#take(ref, written.object);
    const repairs = action.repairs ?? [];
    for (const one of repairs) this.#repairs[one] += 1;
    const say = repairs.length === 0 ? 'info' : 'warn';
    log[say]({ object, act: action.act, repairs, why: action.why }, `certificates: ${action.act}: ${action.why}`);
  }

  async #askService(state: CertificateState): Promise<void> {
    const { source, problems, served } = this.#parts;
    const waiting = ownEntries(state.webhooks).find((entry) => entry.rules.length === 0);
    if (waiting === undefined || state.own.standIn || state.readySince === undefined)
      return problems.set('service', []);
    const authorities = served.material.authorities?.pem ?? '';
    const address = { name: state.callersName, port: waiting.port };
    this.#view.serviceAnswers = await (source.probe?.(authorities) ?? serviceAnswers(address, authorities));
    const cause = `The Service ${state.callersName} does not answer /ready, so the webhook is not switched on yet.`;
    const fix = `kubectl -n ${source.namespace} get endpoints ${source.service}; it is switched on all the same a minute after this replica is ready.`;
    problems.set(
      'service',
      this.#view.serviceAnswers ? [] : [{ code: 'service-unreachable', severity: 'medium', cause, fix }],
    );
  }

  #problemNames() {
    const { source } = this.#parts;
    const { secret, authoritySecret } = namesOf(source);
    return { secret, authoritySecret, namespace: source.namespace };
  }
}

function backoff({ retryMs, longestRetryMs }: LoopTimes, failures: number): number {
  return Math.min(longestRetryMs, retryMs * 2 ** Math.min(16, failures - 1));
}

function clockProblems(skewMs: number): readonly CertificateProblem[] {
  if (skewMs === 0) return [];
  const cause = `The clock of this replica is ${skewMs > 0 ? 'ahead of' : 'behind'} the API server's by more than five minutes; certificates are made by the API server's.`;
  return [
    {
      code: 'clock-skew',
      severity: 'medium',
      cause,
      fix: 'Set the clocks of the nodes by NTP: compare `date -u` on them.',
    },
  ];
}

/** Waits no longer than this, and for no outcome. */
async function within(ms: number, work: Promise<unknown> | undefined): Promise<void> {
  const late = new AbortController();
  await Promise.race([
    work?.catch(() => undefined),
    pause(ms, undefined, { signal: late.signal }).catch(() => undefined),
  ]);
  late.abort();
}
