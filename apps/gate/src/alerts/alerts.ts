/** Tells receivers what became of admission requests (admission 4.2). */
import { isReceiverUrl } from '@pratique/policy';
import type { Alerting, AlertReceiver } from '@pratique/policy';
import { excerpt } from '@pratique/runtime/fault';
import { gateFault } from '../errors.ts';
import type { AlertEvent, Alerts } from '../review/needs.ts';
import { readHeaders } from './headers.ts';
import { keyOf, Restraint, restraintLimits } from './restraint.ts';
import type { RestraintLimits } from './restraint.ts';
import { sendAlert, sendTimes } from './send-alert.ts';
import type { Delivered, SendTools } from './send-alert.ts';
import { escapingFor, readTemplate, renderAlert, shortened } from './template.ts';
import type { AlertValues, ReadTemplate } from './template.ts';

/** What became of one alert at one receiver. */
export interface AlertResult {
  /** `<template>-<index>` */
  readonly receiver: string;
  /** `suppressed`: the same was told just now, or the minute is full. `skipped`: the template is empty. */
  readonly result: 'sent' | 'failed' | 'suppressed' | 'skipped';
  /** Where it failed; holds neither address nor headers. */
  readonly problem?: string;
}

/** What alerts are made from. */
export interface AlertOptions {
  readonly document: Alerting;
  /** Text of a template, or undefined where there is none of that name. */
  readonly template: (name: string) => string | undefined;
  /** A key of a Secret. @throws what cannot be read; the message must be safe to show */
  readonly readSecret: (name: string, key: string) => Promise<string>;
  /** Name of this pod; empty where it is not known. */
  readonly podName: string;
  readonly fetch: typeof fetch;
  readonly now: () => Date;
  readonly random: () => number;
  /** Told of every alert, after it was sent or not. */
  readonly onResult: (result: AlertResult) => void;
  /** Told what is odd but works; once, at the beginning. */
  readonly onWarning: (text: string) => void;
  readonly times?: SendTools['times'];
  readonly restraint?: RestraintLimits;
}

/** Running alerts. */
export interface RunningAlerts extends Alerts {
  /** Tells all receivers and waits for all of them. */
  notify(event: AlertEvent): Promise<'sent' | `failed: ${string}`>;
  /** Waits for what is on its way, for as long as an alert can take. */
  stop(): Promise<void>;
}

/** Alerts on their way at once, for receivers nobody waits for; a receiver that hangs must not fill the memory. */
const mostOnTheWay = 256;

/**
 * Reads templates and headers, sends nothing yet.
 *
 * @throws Fault `alerting-invalid` with everything that is wrong
 */
export function createAlerts(options: AlertOptions): RunningAlerts {
  const groups = {
    admit: open(options, 'admitRequest'),
    reject: open(options, 'rejectRequest'),
  };
  const problems = [...groups.admit, ...groups.reject].flatMap((one) => (one instanceof Post ? [] : [one.problem]));
  if (problems.length > 0) throw invalid(problems);
  const posts = (event: AlertEvent) =>
    (event.outcome === 'admitted' ? groups.admit : groups.reject).filter((one) => one instanceof Post);
  const onTheWay = new Set<Promise<unknown>>();
  return {
    async tell(event, signal) {
      const all = posts(event);
      const news = newsOf(event);
      for (const post of all.filter((one) => !one.isNeeded)) {
        if (onTheWay.size >= mostOnTheWay) post.drop();
        else void track(onTheWay, post.send(news, AbortSignal.timeout(patienceMs)));
      }
      const needed = all.filter((one) => one.isNeeded);
      const failed = failures(await Promise.all(needed.map((post) => track(onTheWay, post.send(news, signal)))));
      if (failed === '') return undefined;
      return {
        denial: `error sending notifications: ${failed}`,
        evenInDetectionMode: options.document.failClosedInDetectionMode,
      };
    },
    async notify(event) {
      const news = newsOf(event);
      const failed = failures(
        await Promise.all(posts(event).map((post) => post.send(news, AbortSignal.timeout(patienceMs)))),
      );
      return failed === '' ? 'sent' : `failed: ${failed}`;
    },
    async stop() {
      await Promise.allSettled(onTheWay);
    },
  };
}

/** All attempts of one alert with their pauses. */
const patienceMs = 17_000;

function track<T>(all: Set<Promise<unknown>>, work: Promise<T>): Promise<T> {
  all.add(work);
  void work.finally(() => all.delete(work));
  return work;
}

function failures(results: readonly AlertResult[]): string {
  return results
    .filter(({ result }) => result === 'failed')
    .map(({ receiver, problem }) => `${receiver}: ${problem}`)
    .join('; ');
}

function invalid(problems: readonly string[]): Error {
  return gateFault({
    code: 'alerting-invalid',
    message: `The alerting document cannot be used: ${problems.join('; ')}.`,
    hint: 'Correct the receivers named here; their templates are <name>.json in the folder templates beside the document.',
    values: { problems },
  });
}

function open(
  options: AlertOptions,
  group: 'admitRequest' | 'rejectRequest',
): readonly (Post | { readonly problem: string })[] {
  return options.document[group].map((receiver, index) => {
    const place = `${group}.receivers[${index}]`;
    const text = options.template(receiver.template);
    if (text === undefined) return { problem: `${place}: there is no template ${excerpt(receiver.template)}` };
    const template = readTemplate(text);
    if (template.state === 'broken') return { problem: `${place}: template ${receiver.template}: ${template.problem}` };
    const headers = readHeaders(receiver.headers);
    if (headers.state === 'wrong') return { problem: `${place}: ${headers.problem}` };
    if (receiver.url.kind === 'inline' && !isReceiverUrl(receiver.url.url))
      return { problem: `${place}: receiverUrl is not an http or https address` };
    if (template.state === 'empty')
      options.onWarning(`template ${receiver.template} is empty: ${place} is sent nothing`);
    return new Post(options, { receiver, template, headers: headers.headers });
  });
}

interface Prepared {
  readonly receiver: AlertReceiver;
  readonly template: Exclude<ReadTemplate, { state: 'broken' }>;
  readonly headers: ReadonlyMap<string, string>;
}

/** One receiver, ready to be told. */
class Post {
  readonly #options: AlertOptions;
  readonly #prepared: Prepared;
  readonly #restraint: Restraint;

  constructor(options: AlertOptions, prepared: Prepared) {
    this.#options = options;
    this.#prepared = prepared;
    this.#restraint = new Restraint(options.restraint ?? restraintLimits, options.now);
  }

  get isNeeded(): boolean {
    return this.#prepared.receiver.failIfAlertSendingFails;
  }

  /** Never throws. */
  async send(news: News, signal: AbortSignal): Promise<AlertResult> {
    const outcome = await this.#send(news, signal);
    const result = { receiver: this.#prepared.receiver.name, ...outcome };
    this.#options.onResult(result);
    return result;
  }

  /** Counts one that found no room. */
  drop(): void {
    this.#options.onResult({
      ...{ receiver: this.#prepared.receiver.name, result: 'failed' },
      problem: `${mostOnTheWay} alerts are on their way already`,
    });
  }

  async #send(news: News, signal: AbortSignal): Promise<Omit<AlertResult, 'receiver'>> {
    const { template, receiver, headers } = this.#prepared;
    if (template.state === 'empty') return { result: 'skipped' };
    if (this.#restraint.isRepeated(news.key)) return { result: 'suppressed' };
    // Where an admission depends on it, it is never held back: that would deny what was admitted.
    if (!this.isNeeded && !this.#restraint.hasRoom()) return { result: 'suppressed' };
    // Marked before it arrives, so that of a burst only one is sent; where others wait for it, after.
    if (!this.isNeeded) this.#restraint.told(news.key);
    const payload = renderAlert(template, this.#valuesOf(news), {
      ...{ payloadFields: receiver.payloadFields, escape: escapingFor(receiver.template) },
    });
    const delivered = await this.#deliver({ headers, payload, signal });
    if (delivered.state === 'failed') {
      this.#restraint.failed(news.key);
      return { result: 'failed', problem: delivered.problem };
    }
    this.#restraint.told(news.key);
    return { result: 'sent' };
  }

  async #deliver(letter: {
    readonly headers: ReadonlyMap<string, string>;
    readonly payload: string;
    readonly signal: AbortSignal;
  }): Promise<Delivered> {
    const { fetch, random, times = sendTimes } = this.#options;
    const address = await this.#address();
    if (typeof address === 'string') return { state: 'failed', problem: address };
    return sendAlert({ fetch, random, times }, { ...letter, url: address });
  }

  async #address(): Promise<URL | string> {
    const { url } = this.#prepared.receiver;
    if (url.kind === 'inline') return new URL(url.url);
    const place = `key ${url.key} of secret ${url.secretName}`;
    try {
      const text = (await this.#options.readSecret(url.secretName, url.key)).trim();
      return isReceiverUrl(text) ? new URL(text) : `${place} is not an http or https address`;
    } catch {
      return `${place} cannot be read`;
    }
  }

  #valuesOf(news: News): AlertValues {
    return {
      ...news.values,
      priority: this.#prepared.receiver.priority,
      connaisseur_pod_id: this.#options.podName,
      cluster: this.#options.document.clusterIdentifier,
      timestamp: this.#options.now().toISOString(),
    };
  }
}

/** What is kept of an event while it is sent: the images of a request may fill megabytes. */
interface News {
  readonly values: Pick<AlertValues, 'alert_message' | 'namespace' | 'request_id' | 'images' | 'result' | 'error'>;
  /** What makes it the same as another. */
  readonly key: string;
}

function newsOf(event: AlertEvent): News {
  const { outcome, namespace, uid, images, error = '' } = event;
  return {
    key: keyOf([outcome, namespace, ...images, error]),
    values: {
      alert_message: shortened(messageOf(event)),
      ...{ namespace: shortened(namespace), request_id: shortened(uid), result: outcome },
      ...{ images: shortened(images.join(', ')), error: shortened(error) },
    },
  };
}

/** ALR-2: words that existing rules of receivers look for. */
function messageOf({ outcome, uid, error }: AlertEvent): string {
  switch (outcome) {
    case 'admitted':
      return 'CONNAISSEUR admitted a request';
    case 'rejected':
      return `CONNAISSEUR rejected a request: ${error ?? ''}`.trimEnd();
    case 'timeout':
      return `CONNAISSEUR validation timed out for admission request ${uid}`;
    case 'invalid':
      return `CONNAISSEUR failed to parse admission request ${uid}`;
  }
}
