/** One piece of work per key, however many ask for it (CAC-7). */

/** Runs work that others may join. */
export interface SingleFlight<T> {
  /**
   * Joins the work under `key`, or starts it. A caller that stops waiting does not stop the work: the next one to ask finds it
   * further on, which is how a request that ran into its deadline helps its own repetition.
   *
   * @param work told how to ask whether anybody still waits, for work that has to wait itself before it begins. After a no nobody
   *   joins any more, and it should end
   * @throws the reason of `signal` for this caller alone; what the work throws for everybody
   */
  run(key: string, work: (isWanted: () => boolean) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** How much is under way. */
  readonly size: number;
}

interface Flight<T> {
  waiting: number;
  work: Promise<T>;
}

/** Makes a {@link SingleFlight}. */
export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Flight<T>>();
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

function start<T>(
  flights: Map<string, Flight<T>>,
  key: string,
  work: (isWanted: () => boolean) => Promise<T>,
): Flight<T> {
  const flight: Flight<T> = { waiting: 0, work: new Promise<never>(() => undefined) };
  const land = (): void => {
    if (flights.get(key) === flight) flights.delete(key);
  };
  const isWanted = (): boolean => {
    if (flight.waiting === 0) land();
    return flight.waiting > 0;
  };
  flights.set(key, flight);
  // Begun a moment later, when whoever started it waits for it.
  flight.work = Promise.resolve()
    .then(() => work(isWanted))
    .finally(land);
  // When every caller has left, nobody is there to handle its failure.
  flight.work.catch(() => undefined);
  return flight;
}

function untilAborted<T>(flight: Flight<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise<T>((resolve, reject) => {
    flight.waiting += 1;
    const abort = () => {
      flight.waiting -= 1;
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    flight.work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
