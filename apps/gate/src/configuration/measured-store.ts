/** A repository whose calls are timed (3.7). */
import type { ContentStore } from '@pratique/oci';
import { isFault } from '@pratique/runtime/fault';

/** One call and what came of it. */
export interface MeasuredCall {
  readonly host: string;
  /** Status of the answer where it is known, else `ok` or the code of the fault. */
  readonly code: string;
  readonly ms: number;
}

const timed = ['resolve', 'manifest', 'blob', 'referrers'] as const;

/** The same store, whose reading calls are told to `onCall`. */
export function measuredStore(store: ContentStore, host: string, onCall: (call: MeasuredCall) => void): ContentStore {
  const measured: Record<string, unknown> = {};
  for (const name of timed) {
    measured[name] = async (...parameters: unknown[]) => {
      const begun = performance.now();
      const done = (code: string): void => onCall({ host, code, ms: performance.now() - begun });
      try {
        const call = store[name].bind(store) as (...all: unknown[]) => Promise<unknown>;
        const answer = await call(...parameters);
        done(answer === undefined ? '404' : 'ok');
        return answer;
      } catch (error) {
        done(codeOf(error));
        throw error;
      }
    };
  }
  return new Proxy(store, {
    get(target, key) {
      const value: unknown = measured[String(key)] ?? Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function codeOf(error: unknown): string {
  if (!isFault(error)) return 'error';
  const { status } = error.values;
  return typeof status === 'number' ? String(status) : error.code;
}
