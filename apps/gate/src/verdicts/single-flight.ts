/** One piece of work per key, however many ask for it (CAC-7). */

/** Runs work that others may join. */
export interface SingleFlight<T> {
  /**
   * Joins the work under `key`, or starts it. A caller that stops waiting does not stop the work: the next one to ask finds it
   * further on, which is how a request that ran into its deadline helps its own repetition.
   *
   * @throws the reason of `signal` for this caller alone; what the work throws for everybody
   */
  run(key: string, work: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** How much is under way. */
  readonly size: number;
}

/** Makes a {@link SingleFlight}. */
export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Promise<T>>();
  return {
    get size() {
      return flights.size;
    },
    run(key, work, signal) {
      const flight = flights.get(key) ?? start(flights, key, work);
      return untilAborted(flight, signal);
    },
  };
}

function start<T>(flights: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> {
  const flight = work().finally(() => flights.delete(key));
  flights.set(key, flight);
  // When every caller has left, nobody is there to handle its failure.
  flight.catch(() => undefined);
  return flight;
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
