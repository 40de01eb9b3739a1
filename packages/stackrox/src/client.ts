import { Client } from 'pg';

/**
 * pg's client, closing its socket when connecting fails. pg gives up on its own side only (as when the
 * server asks for a password and none is set), and the server then keeps the half-open session until its
 * authentication timeout of a minute: one connection less for Central, and a session that dropping any
 * database, as a restore does, waits for.
 */
export class ClosingClient extends Client {
  override connect(): Promise<Client>;
  override connect(callback: (error: Error | null) => void): void;
  override connect(callback?: (error: Error | null) => void): Promise<Client> | void {
    if (callback === undefined) return super.connect().catch((error: unknown) => this.#close(error));
    super.connect((error: Error | null) => {
      if (error !== null && error !== undefined) this.connection.stream.destroy();
      callback(error);
    });
  }

  #close(error: unknown): never {
    this.connection.stream.destroy();
    throw error;
  }
}
