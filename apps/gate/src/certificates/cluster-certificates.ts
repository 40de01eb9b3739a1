/** Certificates in a cluster: what stands in the Secret is served, and the holder of the Lease keeps all of it right. */
import type { CertificateAction, CertificatePlan } from './actions.ts';
import { reportText, servesAnnotation } from './annotations.ts';
import type { CertificateFacts, Certificates, RepairedObject } from './certificates.ts';
import { chooseServing } from './choose-serving.ts';
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
import { ServedCertificate } from './served-certificate.ts';
import type { CertificateState } from './state.ts';
import { isVouchedFor, ownEntries } from './trust.ts';
import { clusterAway, WatchedObjects } from './watched-objects.ts';
import { Wakeup } from './wakeup.ts';

/** More repairs than this within a minute: somebody else keeps undoing them. */
const contestedAfter = 10;

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
  const wakeup = new Wakeup(options.now);
  const watched = new WatchedObjects(source.cluster, problems, () => wakeup.now());
  const first = await firstMaterial({ options, source, waitMs: times.firstMs });
  const served = new ServedCertificate(first, options.clientAuthorities);
  const keeper = new Keeper({ options, source, times, problems, watched, served, wakeup });
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
  readonly wakeup: Wakeup;
}

class Keeper implements Certificates {
  readonly #parts: KeeperParts;
  readonly #view: ClusterView;
  readonly #repairs = { secret: 0, authority: 0, configmap: 0, caBundle: 0, rules: 0 };
  #recentRepairs: readonly number[] = [];
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
    const { served, options, problems } = this.#parts;
    const state = this.#last ?? this.#view.state(options.now());
    const entries = ownEntries(state.webhooks);
    return {
      ...factsOf(served),
      caBundleInSync: isVouchedFor(state.own.chain, state, options.now()),
      webhookActive: entries.length === 0 ? undefined : entries.every((entry) => entry.rules.length > 0),
      ...{ leading: this.#leading, repairs: { ...this.#repairs }, problems: problems.current() },
    };
  }

  async stop(): Promise<void> {
    const { wakeup, watched } = this.#parts;
    wakeup.stop();
    await this.#running;
    await this.#report(null).catch(() => undefined);
    watched.stop();
    await this.#lease?.stop();
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

  /** One look at everything, and what follows from it. Gives when to look again at the latest. */
  async #round(): Promise<number> {
    const { options, times, problems } = this.#parts;
    try {
      const hold = this.#serve();
      await this.#parts.watched.readBroken();
      const state = this.#view.state(options.now());
      this.#last = state;
      problems.set('state', diagnose(state, this.#problemNames(), options.now()));
      await this.#reportIfDue(state);
      const plan = await this.#keep(state);
      this.#failures = 0;
      problems.set('cluster', []);
      return Math.min(plan ?? Infinity, hold ?? Infinity, options.now() + this.#patienceOf(state));
    } catch (error) {
      problems.set('cluster', [clusterAway('Certificates cannot be kept up', error)]);
      this.#failures += 1;
      const pause = Math.min(times.longestRetryMs, times.retryMs * 2 ** Math.min(16, this.#failures - 1));
      return options.now() + pause;
    }
  }

  #patienceOf({ webhooks }: CertificateState): number {
    const waiting = ownEntries(webhooks).some((entry) => entry.rules.length === 0);
    const { times, watched } = this.#parts;
    if (this.#leading && waiting) return times.readyMs;
    return watched.isBroken ? times.brokenMs : times.regularMs;
  }

  /** Serves what is to be served; gives when a held-back certificate is to be looked at again. */
  #serve(): number | undefined {
    const { options, served } = this.#parts;
    const choice = chooseServing(this.#view.state(options.now()), options.now());
    if (choice.choice === 'switch') {
      const before = served.fingerprint;
      served.change({ pair: choice.pair, authorities: choice.authorities, source: 'cluster' });
      if (before === served.fingerprint) return undefined;
      const { notAfter, fingerprint } = factsOf(served);
      options.log.info({ fingerprint, notAfter: new Date(notAfter).toISOString() }, 'certificates: serving another');
    }
    return choice.choice === 'hold' ? choice.until : undefined;
  }

  async #reportIfDue({ published, own, reports }: CertificateState): Promise<void> {
    const { source, options, times } = this.#parts;
    if (published.state !== 'there' || own.standIn) return;
    const annotation = servesAnnotation(source.pod);
    const said = reports.find((report) => report.annotation === annotation);
    const isFresh = said !== undefined && said.at + times.reportMs > options.now();
    if (isFresh && said.fingerprint === own.fingerprint) return;
    await this.#report(reportText(own.fingerprint, options.now()));
  }

  async #report(text: string | null): Promise<void> {
    const { source, watched } = this.#parts;
    const ref = this.#view.refs.configMap;
    const written = await source.cluster.annotate(ref, { [servesAnnotation(source.pod)]: text });
    if (written.outcome === 'written') watched.set(ref, written.object);
  }

  /** Plans and does until nothing is left to do; gives when to look again. */
  async #keep(first: CertificateState): Promise<number | undefined> {
    if (!this.#leading) return undefined;
    const { options } = this.#parts;
    await this.#askService(first);
    const plan = planCertificates(this.#view.state(options.now()), options.now());
    if (plan.actions.length === 0) return plan.wakeAt;
    const from = this.#contestedUntil();
    if (from > options.now()) return from;
    await this.#doAll(plan);
    // What was written is seen at once; the next round decides from it.
    return options.now();
  }

  async #doAll(plan: CertificatePlan): Promise<void> {
    for (const action of plan.actions) {
      if (!this.#leading) return;
      await this.#do(action);
    }
  }

  async #do(action: CertificateAction): Promise<void> {
    const { options, source, watched } = this.#parts;
    const { now, random, log } = options;
    const state = this.#view.state(now());
    const { ref, written } = await execute(action, {
      ...{ cluster: source.cluster, refs: this.#view.refs, state, now: now(), random },
    });
    const object = written.outcome === 'written' ? written.object : await source.cluster.read(ref);
    watched.set(ref, object);
    if (written.outcome === 'conflict') {
      log.info(
        { object: `${ref.kind} ${ref.name}`, act: action.act },
        'certificates: somebody was faster, looking again',
      );
      return;
    }
    this.#count(action.repairs ?? []);
    const say = action.repairs === undefined || action.repairs.length === 0 ? 'info' : 'warn';
    log[say](
      { object: `${ref.kind} ${ref.name}`, act: action.act, repairs: action.repairs, why: action.why },
      `certificates: ${action.act}: ${action.why}`,
    );
  }

  #count(repaired: readonly RepairedObject[]): void {
    for (const one of repaired) this.#repairs[one] += 1;
    if (repaired.length > 0) this.#recentRepairs = [...this.#recentRepairs, this.#parts.options.now()];
  }

  /** Where somebody undoes every repair at once, both would write as fast as they can; then it is said, and done slower. */
  #contestedUntil(): number {
    const { options, problems, times } = this.#parts;
    this.#recentRepairs = this.#recentRepairs.filter((at) => at > options.now() - 60_000);
    const last = this.#recentRepairs.at(-1);
    const isContested = this.#recentRepairs.length > contestedAfter && last !== undefined;
    const cause = `${this.#recentRepairs.length} repairs within a minute: somebody else keeps writing the same objects.`;
    const fix =
      'Find out who: kubectl get mutatingwebhookconfiguration -o yaml --show-managed-fields. A tool that applies the chart must ignore caBundle and rules.';
    problems.set('contested', isContested ? [{ code: 'contested', severity: 'medium', cause, fix }] : []);
    return isContested ? last + times.contestedMs : 0;
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
