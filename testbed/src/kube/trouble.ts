/** Trouble made on purpose: dropped connections, slow answers, a control plane that is away. */
import type { Duplex } from 'node:stream';

/** What happens to requests that fit. */
export interface Interference {
  /** Against `GET /api/v1/…?query`. */
  readonly when: RegExp;
  /** How often; always where absent. */
  readonly times?: number;
  readonly with:
    | 'drop'
    | { readonly status: number; readonly message?: string; readonly retryAfter?: number }
    | { readonly delayMs: number };
}

/** Keeps the open connections and what is to happen to requests. */
export class Trouble {
  #away = false;
  readonly #sockets = new Set<Duplex>();
  readonly #planned: { left: number; readonly interference: Interference }[] = [];

  connected(socket: Duplex): void {
    if (this.#away) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  interfere(interference: Interference): void {
    this.#planned.push({ left: interference.times ?? Infinity, interference });
  }

  /** Ends everything planned, and lets the server answer again. */
  calm(): void {
    this.#planned.length = 0;
    this.#away = false;
  }

  /** Every connection is closed without a word, those that exist and those to come. */
  goAway(): void {
    this.#away = true;
    this.dropConnections();
  }

  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** What is to happen to this request, counted as having happened. */
  for(request: string): Interference['with'] | undefined {
    const planned = this.#planned.find(({ left, interference }) => left > 0 && interference.when.test(request));
    if (planned === undefined) return undefined;
    planned.left -= 1;
    return planned.interference.with;
  }
}
