import { Readable } from 'node:stream';
import { hubFault } from '../errors.ts';

/** What the streams tell and how often. */
export interface EventStreamOptions {
  /** Name of the event. */
  readonly event: string;
  /** The data as of now; sent at once and again whenever its JSON differs from what was sent last. */
  readonly read: () => unknown;
  /** How often to look for a change, in milliseconds. */
  readonly lookMs: number;
  /** How often to send a comment, so that proxies keep the connection, in milliseconds. */
  readonly keepAliveMs: number;
  /** What somebody who is refused is told to wait, in seconds. */
  readonly retrySeconds: number;
  readonly maxPerIdentity: number;
  readonly maxOpen: number;
}

/** Open server-sent event streams of this process. */
export interface EventStreams {
  /**
   * Opens a stream of the identity.
   * @throws Fault `rate-limited` when it has too many open, `overloaded` when the process has
   */
  open(identity: string): Readable;
  /** Ends every stream and opens no more. */
  stop(): void;
  /** How many are open. */
  readonly size: number;
}

/** What a slow reader may have waiting, in bytes; beyond, its stream is ended and it comes again. */
const maxWaiting = 64 * 1024;

/** One timer serves all streams, and runs only while there are any. */
export function createEventStreams(options: EventStreamOptions): EventStreams {
  const open = new Map<Readable, string>();
  let timers: NodeJS.Timeout[] = [];
  let last = '';
  let stopped = false;

  function sendAll(text: string): void {
    for (const stream of open.keys()) {
      stream.push(text);
      if (stream.readableLength > maxWaiting) {
        forget(stream);
        stream.destroy();
      }
    }
  }

  function look(): void {
    const now = message();
    if (now !== last) {
      last = now;
      sendAll(now);
    }
  }

  function message(): string {
    return `event: ${options.event}\ndata: ${JSON.stringify(options.read())}\n\n`;
  }

  function start(): void {
    timers = [setInterval(look, options.lookMs), setInterval(() => sendAll(': keep-alive\n\n'), options.keepAliveMs)];
    timers.forEach((timer) => timer.unref());
  }

  function forget(stream: Readable): void {
    open.delete(stream);
    if (open.size === 0) {
      timers.forEach((timer) => clearInterval(timer));
      timers = [];
    }
  }

  return {
    get size() {
      return open.size;
    },
    open(identity) {
      refuseTooMany(open, identity, options);
      const stream = new Readable({ read: () => undefined });
      stream.once('close', () => forget(stream));
      // The others are told first, so that `last` is what everybody has.
      look();
      stream.push(last);
      if (stopped) {
        stream.push(null);
        return stream;
      }
      open.set(stream, identity);
      if (timers.length === 0) start();
      return stream;
    },
    stop() {
      stopped = true;
      for (const stream of [...open.keys()]) {
        forget(stream);
        stream.push(null);
      }
    },
  };
}

function refuseTooMany(
  open: ReadonlyMap<Readable, string>,
  identity: string,
  { maxOpen, maxPerIdentity, retrySeconds }: EventStreamOptions,
): void {
  if (open.size >= maxOpen) {
    throw hubFault({
      code: 'overloaded',
      message: `${maxOpen} event streams are open in this process.`,
      hint: 'Try again in a few seconds; another replica may have room.',
      values: { limit: maxOpen },
    });
  }
  const own = [...open.values()].filter((one) => one === identity).length;
  if (own >= maxPerIdentity) {
    throw hubFault({
      code: 'rate-limited',
      message: `${maxPerIdentity} event streams of this identity are open.`,
      hint: 'Close some windows of the console.',
      values: { seconds: retrySeconds, limit: maxPerIdentity },
    });
  }
}
