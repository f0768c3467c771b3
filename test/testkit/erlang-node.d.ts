export interface ErlangNodeOptions {
  /** `name` or `name@host`; the host defaults to 127.0.0.1, a host without a dot means `-sname`. `false`: not distributed. */
  readonly name?: string | false;
  /** Default: a random cookie. */
  readonly cookie?: string;
  /** More arguments for `erl`, such as `-hidden` or `-pa`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** An EPMD that runs already. Default: one shared by all nodes of this test file, ended with its last node. */
  readonly epmdPort?: number;
  /** Default: `ELIXIRSCOPE_ERL`, else `erl` in the path. */
  readonly erl?: string;
}
export interface ErlangNode {
  /** Full node name, `nonode@nohost` where it is not distributed. */
  readonly name: string;
  readonly cookie: string;
  /** Of the BEAM itself, also where a wrapper script started it. */
  readonly pid: number;
  readonly epmdPort: number;
  /** OTP release, such as 25. */
  readonly otp: number;
  /** Settles with the exit code (or signal) when the node ended, however it ended. */
  readonly exited: Promise<number | string>;
  /**
   * Evaluates Erlang expressions (`A = 1, A + 1`) in a process of its own and gives the value of the last one as
   * `~0tp` prints it. Travels over standard input, not over distribution. Rejects with class, reason and stack.
   */
  eval(expressions: string, timeoutMs?: number): Promise<string>;
  /** What the node printed, both streams, newest 64 KB. */
  output(): string;
  /** Ends the node and waits for that; the shared EPMD ends with its last node. Can be called again. */
  stop(): Promise<void>;
}
export interface Epmd {
  readonly port: number;
  stop(): Promise<void>;
}
/** A port of 127.0.0.1 that nobody listened on a moment ago. */
export declare function freePort(): Promise<number>;
/** Starts an `epmd` of our own in the foreground, loopback only, and waits until it listens. */
export declare function startEpmd(): Promise<Epmd>;
/** Starts a node and waits until it is up. Stop it in `afterAll`. */
export declare function startErlangNode(options?: ErlangNodeOptions): Promise<ErlangNode>;
//# sourceMappingURL=erlang-node.d.ts.map
