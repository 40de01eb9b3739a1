/**
 * Trust material of the public services, kept fresh in the background (COS-9): what the product was built with at once, the
 * repository of trust once a day, and never on the way of a request.
 */
import { setTimeout } from 'node:timers/promises';
import { isFault } from '@pratique/runtime/fault';
import type { Fault } from '@pratique/runtime/fault';
import { parseTrustedRoot, trustFile, trustTargets } from '@pratique/sigstore';
import type { TrustFile, TrustMaterial, TrustRepository } from '@pratique/sigstore';
import type { Policy } from '../configuration/policy.ts';
import { policyFault } from '../errors.ts';
import type { Obtained } from '../validators/validator.ts';

/** Where material is kept and whom to ask; `cache` may be a folder that goes with the pod. */
export interface TrustKeeperRequest extends TrustRepository {
  /** Told of each refresh that failed, for log and metrics; what was there stays. */
  readonly onFault?: (fault: Fault) => void;
  /** @default a day */
  readonly refreshMs?: number;
  /** After a refresh that failed. @default ten minutes */
  readonly retryMs?: number;
}

/** How fresh the material is. */
export interface TrustAge {
  readonly origin: TrustFile['origin'];
  /** When the repository last vouched for it, or it was taken from what is kept or embedded. */
  readonly since: Date;
  /** When the metadata that vouches for it expires. */
  readonly expires: Date;
  readonly warnings: readonly string[];
}

/** Keeps trust material. */
export interface TrustKeeper {
  /** What is believed now; a fault before {@link TrustKeeper.begin}, and when nothing that counts is there. */
  current(): Obtained<TrustMaterial>;
  /** Of what is believed now. */
  age(): TrustAge | undefined;
  /** Takes what is kept or embedded, without a network. Never throws. */
  begin(): Promise<void>;
  /** Asks the repository; what is there stays where it does not answer. Never throws. */
  refresh(): Promise<'refreshed' | 'failed'>;
  /** Refreshes until the signal ends. */
  run(signal: AbortSignal): Promise<void>;
}

/** Whether any rule falls back on the public services; rules of keys without log and timestamps never do. */
export function needsPublicTrust({ rules, validators }: Pick<Policy, 'rules' | 'validators'>): boolean {
  return rules.some(({ validator, options }) => {
    const settings = validators.get(validator);
    if (settings?.type !== 'cosign' || settings.trust.trustedRoot !== undefined) return false;
    const isKeyless = [...settings.trustRoots.values()].some(({ kind }) => kind === 'keyless');
    return isKeyless || options.verifyInTransparencyLog || options.useSignedTimestamps;
  });
}

const day = 24 * 60 * 60_000;
const minute = 60_000;
const tenMinutes = 10 * minute;

interface Believed {
  readonly material: TrustMaterial;
  readonly age: TrustAge;
}

/**
 * A keeper that believes nothing yet.
 *
 * @example
 * const keeper = createTrustKeeper({ cache, access, now });
 * await keeper.begin();
 * void keeper.run(signal);
 */
export function createTrustKeeper(request: TrustKeeperRequest): TrustKeeper {
  const { now, refreshMs = day, retryMs = tenMinutes } = request;
  let believed: Believed | undefined;
  let fault: Fault = notBegun();
  const take = async (refresh: 'never' | 'now'): Promise<boolean> => {
    try {
      const file = await trustFile({ ...request, target: trustTargets.trustedRoot, refresh });
      const { origin, expires, warnings } = file;
      const material = parseTrustedRoot(file.content, file.mirror);
      const isFresh = origin === 'repository' || refresh === 'never';
      // What is merely still there has not become younger.
      const since = isFresh ? now() : (believed?.age.since ?? now());
      believed = { material, age: { origin, since, expires, warnings } };
      if (!isFresh) request.onFault?.(notRefreshed(warnings));
      return isFresh;
    } catch (error) {
      fault = isFault(error) ? error : unusable(error);
      request.onFault?.(fault);
      return false;
    }
  };
  const keeper: TrustKeeper = {
    current: () => currentOf(believed, fault, now()),
    age: () => believed?.age,
    begin: async () => void (await take('never')),
    refresh: async () => ((await take('now')) ? 'refreshed' : 'failed'),
    async run(signal) {
      while (!signal.aborted) {
        const outcome = await keeper.refresh();
        const isUsable = keeper.current().state === 'there';
        // Without anything to believe, images are refused that a moment later may be accepted.
        const pause = outcome === 'refreshed' ? refreshMs : isUsable ? retryMs : Math.min(retryMs, minute);
        await setTimeout(pause, undefined, { signal, ref: false }).catch(() => undefined);
      }
    },
  };
  return keeper;
}

/** Material whose vouching metadata has expired counts no more, however it was come by. */
function currentOf(believed: Believed | undefined, fault: Fault, now: Date): Obtained<TrustMaterial> {
  if (believed === undefined) return { state: 'failed', fault };
  const { expires } = believed.age;
  if (now <= expires) return { state: 'there', value: believed.material };
  return { state: 'failed', fault: expired(expires) };
}

function notBegun(): Fault {
  return policyFault({
    code: 'public-trust-missing',
    message: 'The trust material of the public services was not read yet.',
    hint: 'Try again in a moment.',
  });
}

function expired(expires: Date): Fault {
  return policyFault({
    code: 'public-trust-missing',
    message: `The trust material of the public services expired at ${expires.toISOString()} and could not be refreshed.`,
    hint: 'Let the gate reach the repository of trust (https://tuf-repo-cdn.sigstore.dev) or a mirror, or give the material in the configuration (host.trustedRoot).',
    values: { expires: expires.toISOString() },
  });
}

function notRefreshed(warnings: readonly string[]): Fault {
  return policyFault({
    code: 'public-trust-missing',
    message: `The trust material of the public services could not be refreshed. ${warnings.join(' ')}`.trim(),
    hint: 'What is there counts until it expires. Let the gate reach the repository of trust, or give the material in the configuration (host.trustedRoot).',
  });
}

function unusable(error: unknown): Fault {
  return policyFault({
    code: 'public-trust-missing',
    message: `The trust material of the public services could not be read: ${error instanceof Error ? error.message : 'unknown'}.`,
    hint: 'Check that the folder for trust material can be written, or give the material in the configuration (host.trustedRoot).',
    cause: error,
  });
}
