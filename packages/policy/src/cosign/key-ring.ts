/**
 * Keys that live outside of the configuration (COS-2): read in the background, never on the way of a request. A key that cannot be
 * read again keeps its last good text for a day; a key that never could be read is a fault.
 */
import { setTimeout } from 'node:timers/promises';
import { isFault } from '@pratique/runtime/fault';
import type { Fault } from '@pratique/runtime/fault';
import type { KeySource, Policy } from '../configuration/policy.ts';
import { policyFault } from '../errors.ts';
import type { Obtained } from '../validators/validator.ts';

/** A place a key is read from. */
export type OutsideKey = Exclude<KeySource, { kind: 'inline' }>;

/** What the program does for the ring. */
export interface KeyRingRequest {
  /** Reads one key now: the Secret's `cosign.pub`, the variable, the file, the address. Throws a fault where it cannot. */
  readonly read: (source: OutsideKey, signal: AbortSignal) => Promise<string>;
  readonly now: () => Date;
  /** Told of each reading that failed, for log and metrics; the ring goes on. */
  readonly onFault?: (source: string, fault: Fault) => void;
  /** @default five minutes */
  readonly refreshMs?: number;
  /** How long the last good text counts. @default a day */
  readonly keepMs?: number;
}

/** A ring of keys. */
export interface KeyRing {
  /** The key as it was last read. */
  key(source: OutsideKey): Obtained<string>;
  /** Takes the sources of a policy, reads those that are new, and forgets the others. Never throws. */
  load(sources: readonly OutsideKey[], signal: AbortSignal): Promise<void>;
  /** Reads all keys again. Never throws. */
  refresh(signal: AbortSignal): Promise<void>;
  /** Refreshes until the signal ends. */
  run(signal: AbortSignal): Promise<void>;
}

interface Kept {
  readonly source: OutsideKey;
  readonly text?: string;
  readonly readAt?: Date;
  readonly fault?: Fault;
}

const fiveMinutes = 5 * 60_000;
// While a key was never read all of its images are refused: whoever repairs that should not have to wait.
const halfMinute = 30_000;
const day = 24 * 60 * 60_000;
// A public key has some hundred bytes; what is larger is something else.
const longestKey = 64 * 1024;

/**
 * An empty ring; {@link KeyRing.load} fills it.
 *
 * @example
 * const ring = createKeyRing({ read, now });
 * await ring.load(keySources(policy), signal);
 */
export function createKeyRing(request: KeyRingRequest): KeyRing {
  const { now, refreshMs = fiveMinutes, keepMs = day } = request;
  let kept = new Map<string, Kept>();
  const readAll = async (sources: readonly OutsideKey[], signal: AbortSignal): Promise<void> => {
    await Promise.all(
      sources.map(async (source) => {
        const name = keySourceName(source);
        const read = await readOne(request, source, { signal, before: kept.get(name) });
        // What was forgotten meanwhile does not come back.
        if (kept.has(name)) kept.set(name, read);
      }),
    );
  };
  const ring: KeyRing = {
    key: (source) => obtained(kept.get(keySourceName(source)), { source, keepMs, now: now() }),
    async load(sources, signal) {
      const before = kept;
      const named = sources.map((source) => [keySourceName(source), source] as const);
      kept = new Map(named.map(([name, source]) => [name, before.get(name) ?? { source }]));
      await readAll(
        [...kept].flatMap(([name, { source }]) => (before.get(name)?.text === undefined ? [source] : [])),
        signal,
      );
    },
    refresh: (signal) =>
      readAll(
        [...kept.values()].map(({ source }) => source),
        signal,
      ),
    async run(signal) {
      while (!signal.aborted) {
        const isComplete = [...kept.values()].every(({ text }) => text !== undefined);
        const pause = isComplete ? refreshMs : Math.min(refreshMs, halfMinute);
        await setTimeout(pause, undefined, { signal, ref: false }).catch(() => undefined);
        if (!signal.aborted) await ring.refresh(signal);
      }
    },
  };
  return ring;
}

/** All keys outside of the configuration that a policy names. */
export function keySources({ validators }: Pick<Policy, 'validators'>): readonly OutsideKey[] {
  const found = new Map<string, OutsideKey>();
  for (const validator of validators.values()) {
    if (validator.type !== 'cosign') continue;
    for (const root of validator.trustRoots.values()) {
      if (root.kind === 'key' && root.source.kind !== 'inline') found.set(keySourceName(root.source), root.source);
    }
  }
  return [...found.values()];
}

/** The source as it stands in the configuration. */
export function keySourceName(source: OutsideKey): string {
  switch (source.kind) {
    case 'kubernetes':
      return `k8s://${source.namespace}/${source.secret}`;
    case 'environment':
      return `env://${source.variable}`;
    case 'file':
      return source.path;
    case 'url':
      return source.url;
  }
}

/** The same for people: without what in an address may be a secret. */
export function keySourceWords(source: OutsideKey): string {
  if (source.kind !== 'url') return keySourceName(source);
  const url = URL.canParse(source.url) ? new URL(source.url) : undefined;
  return url === undefined ? 'an address that cannot be read' : `${url.origin}${url.pathname}`;
}

async function readOne(
  { read, now, onFault }: KeyRingRequest,
  source: OutsideKey,
  { signal, before }: { readonly signal: AbortSignal; readonly before: Kept | undefined },
): Promise<Kept> {
  try {
    const text = await read(source, signal);
    if (text.length > longestKey) throw unreadable(source, `it is longer than ${longestKey} characters`);
    return { source, text, readAt: now() };
  } catch (error) {
    const fault = isFault(error) ? error : unreadable(source, error instanceof Error ? error.message : 'unknown');
    if (!signal.aborted) onFault?.(keySourceWords(source), fault);
    return { ...before, source, fault };
  }
}

function obtained(
  kept: Kept | undefined,
  { source, keepMs, now }: { readonly source: OutsideKey; readonly keepMs: number; readonly now: Date },
): Obtained<string> {
  if (kept?.text !== undefined && kept.readAt !== undefined && now.getTime() - kept.readAt.getTime() <= keepMs) {
    return { state: 'there', value: kept.text };
  }
  return { state: 'failed', fault: kept?.fault ?? unreadable(source, 'it was not read yet') };
}

function unreadable(source: OutsideKey, why: string): Fault {
  const name = keySourceWords(source);
  // What clients say quotes the address they were given.
  const reason = why.replaceAll(keySourceName(source), name);
  return policyFault({
    code: 'key-source-unreadable',
    message: `The public key at ${name} could not be read: ${reason}.`,
    hint: hints[source.kind],
    values: { source: name },
  });
}

const hints: Readonly<Record<OutsideKey['kind'], string>> = {
  kubernetes: 'Check that the Secret exists with the entry cosign.pub, and that a Role lets the gate get it.',
  environment: 'Set the variable for the gate, for example through kubernetes.deployment.envs.',
  file: 'Check that the file is mounted and readable for the user of the gate.',
  url: 'Check the address and that the gate may reach it, or put the key into the configuration.',
};
