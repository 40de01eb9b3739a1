/** The alerting document (1.7): who is told about admitted and rejected requests. Rendering and sending are a program's. */
import { Findings } from './problem.ts';
import type { Problem } from './problem.ts';
import { AlertingSchema } from './alerting-schema.ts';
import type { ReceiverText } from './alerting-schema.ts';
import { Section } from './section.ts';
import { readYaml } from './yaml-document.ts';

/** Who is told. Defaults are filled in. */
export interface Alerting {
  readonly clusterIdentifier: string;
  readonly admitRequest: readonly AlertReceiver[];
  readonly rejectRequest: readonly AlertReceiver[];
  /** A failed alert that must not fail denies in detection mode too (ADM-19). */
  readonly failClosedInDetectionMode: boolean;
}

/** One receiver. */
export interface AlertReceiver {
  /** `<template>-<position>`, from 0 (ALR-4). */
  readonly name: string;
  /** Name of a file without `.json`; it holds no slash. */
  readonly template: string;
  /** Such addresses are credentials: they are never shown. */
  readonly url:
    | { readonly kind: 'inline'; readonly url: string }
    | { readonly kind: 'secret'; readonly secretName: string; readonly key: string };
  readonly priority: number;
  /** Name and value, in the order of the file. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Merged over the top-level keys of what the template gives. */
  readonly payloadFields: Readonly<Record<string, unknown>>;
  readonly failIfAlertSendingFails: boolean;
}

/** An alerting document, read. */
export type ParsedAlerting =
  | { readonly state: 'valid'; readonly alerting: Alerting; readonly warnings: readonly Problem[] }
  | { readonly state: 'invalid'; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] };

/**
 * Reads the alerting document. Never throws for what stands in it. An empty document tells nobody.
 *
 * @param text YAML, as `/app/alerts/config.yaml` has it.
 */
export function parseAlerting(text: string): ParsedAlerting {
  const findings = new Findings();
  const node = readYaml(text, findings);
  const isEmpty = node?.kind === 'scalar' && node.value === null;
  const alerting = node === undefined ? undefined : isEmpty ? nobody : alertingOf(new Section(findings, node));
  if (alerting !== undefined && findings.errors.length === 0)
    return { state: 'valid', alerting, warnings: findings.warnings };
  return { state: 'invalid', problems: findings.errors, warnings: findings.warnings };
}

const nobody: Alerting = {
  clusterIdentifier: 'not specified',
  admitRequest: [],
  rejectRequest: [],
  failClosedInDetectionMode: false,
};

function alertingOf(document: Section): Alerting | undefined {
  const { value } = document.readAs(AlertingSchema, 'the alerting document');
  if (value === undefined) return undefined;
  const receiversAt = (key: 'admitRequest' | 'rejectRequest'): readonly AlertReceiver[] => {
    const section = document.inner(key, 'receivers');
    return (value[key]?.receivers ?? []).map((text, index) => receiverOf(section.inner(index), text, index));
  };
  return {
    clusterIdentifier: value.clusterIdentifier || nobody.clusterIdentifier,
    admitRequest: receiversAt('admitRequest'),
    rejectRequest: receiversAt('rejectRequest'),
    failClosedInDetectionMode: value.failClosedInDetectionMode ?? false,
  };
}

function receiverOf(section: Section, text: ReceiverText, index: number): AlertReceiver {
  return {
    name: `${text.template}-${index}`,
    template: text.template,
    url: urlOf(section, text),
    priority: text.priority ?? 3,
    headers: (text.customHeaders ?? []).map((header, at) => headerOf(section, header, at)),
    payloadFields: text.payloadFields ?? {},
    failIfAlertSendingFails: text.failIfAlertSendingFails ?? false,
  };
}

function urlOf(section: Section, { receiverUrl, receiverUrlFrom }: ReceiverText): AlertReceiver['url'] {
  const inline = { kind: 'inline', url: receiverUrl ?? '' } as const;
  if ((receiverUrl === undefined) === (receiverUrlFrom === undefined)) {
    const isTwice = receiverUrl !== undefined;
    section.error([isTwice ? 'receiverUrl' : 'receiverUrlFrom'], {
      code: isTwice ? 'exclusive' : 'value-missing',
      message: isTwice
        ? 'receiverUrl must not be set if receiverUrlFrom is'
        : "receiverUrl must be set if [receiverUrlFrom] isn't",
      nextStep: isTwice ? 'Keep receiverUrlFrom.' : 'Add receiverUrlFrom.secretKeyRef with name and key of a Secret.',
    });
    return inline;
  }
  if (receiverUrlFrom !== undefined) {
    // Absent where it was forgotten, which has been told.
    const reference = receiverUrlFrom.secretKeyRef as { readonly name: string; readonly key: string } | undefined;
    return { kind: 'secret', secretName: reference?.name ?? '', key: reference?.key ?? '' };
  }
  if (!isReceiverUrl(inline.url))
    section.error(['receiverUrl'], {
      code: 'value-wrong',
      message: 'receiverUrl is no address of a web server',
      allowed: 'https://… or http://…',
      nextStep: 'Correct the address.',
    });
  return inline;
}

/** Whether alerts can be sent there; for addresses from Secrets too. */
export function isReceiverUrl(text: string): boolean {
  return URL.canParse(text) && ['https:', 'http:'].includes(new URL(text).protocol);
}

/** Headers end up in a request: no line breaks, and a name that is one. */
function headerOf(section: Section, header: string, index: number): readonly [string, string] {
  const colon = header.indexOf(':');
  const [name, value] = [header.slice(0, Math.max(0, colon)).trim(), header.slice(colon + 1).trim()];
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value))
    return [name, value];
  section.error(['customHeaders', index], {
    code: 'value-wrong',
    message: 'a custom header must be a name, a colon and a value on one line',
    allowed: 'Name: value',
    nextStep: 'Correct the header.',
  });
  return [name, value];
}
