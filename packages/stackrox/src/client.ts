import { Client } from 'pg';

/**
 * pg's client, closing its socket when connecting fails. pg gives up on its own side only (as when the server asks for a password and none
 * is set), and the server then keeps the half-open session until its authentication timeout of a minute: one connection less for Central,
 * and a session that every DROP DATABASE, as a restore runs it, waits for.
 */
export class ClosingClient extends Client {
  override connect(): Promise<Client>;
  override connect(callback: (error: Error | null) => void): void;
  override connect(callback?: (error: Error | null) => void): Promise<Client> | void {
    if (callback !== undefined) {
      this.connect().then(
        () => callback(null),
        (error: Error) => callback(error),
      );
      return;
    }
    return super.connect().catch((error: unknown) => {
      this.connection.stream.destroy();
      throw error;
    });
  }
}
