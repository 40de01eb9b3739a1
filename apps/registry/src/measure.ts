/** Numbers about a running registry. */
import { Counter, Gauge, Histogram } from '@pratique/runtime/metrics';
import type { Registry } from '@pratique/runtime/metrics';
import type { Health } from '@pratique/runtime/health';
import type { Answered } from './http/listener.ts';
import { registryProblems } from './problems.ts';
import type { RegistryProblem } from './problems.ts';
import type { Store } from './store/store.ts';

/** The numbers and where they are noted. */
export interface Measured {
  readonly registry: Registry;
  readonly onAnswered: (answered: Answered) => void;
}

/** Declares the metrics of a registry. Labels hold endpoints and words of HTTP, never a name a client chose. */
export function measureRegistry(
  registry: Registry,
  { store, health }: { readonly store: Store; readonly health: Health<RegistryProblem> },
): Measured {
  const registers = [registry];
  const requests = new Counter({
    name: 'pratique_registry_requests_total',
    help: 'Requests answered, by endpoint, method and status.',
    labelNames: ['endpoint', 'method', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'pratique_registry_request_seconds',
    help: 'Time from the first byte of a request to the last of its answer.',
    labelNames: ['endpoint'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600],
    registers,
  });
  new Gauge({
    name: 'pratique_registry_open_uploads',
    help: 'Uploads that were begun and not yet finished.',
    registers,
    collect() {
      this.set(store.uploads.count);
    },
  });
  new Gauge({
    name: 'pratique_registry_problem',
    help: '1 while the problem is there.',
    labelNames: ['problem'],
    registers,
    collect() {
      const current = new Set(health.current().map((problem) => problem.code));
      for (const { code } of registryProblems) this.set({ problem: code }, current.has(code) ? 1 : 0);
    },
  });
  return {
    registry,
    onAnswered: ({ endpoint, method, status, ms }) => {
      const known = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'].includes(method) ? method : 'other';
      requests.inc({ endpoint, method: known, status });
      seconds.observe({ endpoint }, ms / 1000);
    },
  };
}
