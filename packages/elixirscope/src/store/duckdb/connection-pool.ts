import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

/**
 * A few connections for questions. One connection answers one question at a time and holds a thread of the process
 * meanwhile, so the rest waits here and not there.
 */
export class ConnectionPool {
  readonly #connections: readonly DuckDBConnection[];
  readonly #free: DuckDBConnection[];
  readonly #waiting: ((connection: DuckDBConnection) => void)[] = [];
  #idle: (() => void) | undefined;

  private constructor(connections: DuckDBConnection[]) {
    this.#connections = connections;
    this.#free = [...connections];
  }

  static async open(instance: DuckDBInstance, size: number): Promise<ConnectionPool> {
    const connections: DuckDBConnection[] = [];
    for (let i = 0; i < size; i++) connections.push(await instance.connect());
    return new ConnectionPool(connections);
  }

  async use<T>(question: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = this.#free.pop() ?? (await this.#next());
    try {
      return await question(connection);
    } finally {
      this.#giveBack(connection);
    }
  }

  /** Lets running questions end first. */
  async close(): Promise<void> {
    if (this.#free.length < this.#connections.length) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    for (const connection of this.#connections) connection.disconnectSync();
  }

  #next(): Promise<DuckDBConnection> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #giveBack(connection: DuckDBConnection): void {
    const next = this.#waiting.shift();
    if (next) {
      next(connection);
      return;
    }
    this.#free.push(connection);
    if (this.#free.length === this.#connections.length) this.#idle?.();
  }
}
