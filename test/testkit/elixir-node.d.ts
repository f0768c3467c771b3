import { type ErlangNode, type ErlangNodeOptions } from "./erlang-node.ts";
/** Starts a node in which Elixir and its Logger run. */
export declare function startElixirNode(options?: ErlangNodeOptions): Promise<ErlangNode>;
/** Evaluates Elixir source in a process of its own; the value of the last expression as Elixir prints it. */
export declare function elixir(node: ErlangNode, source: string): Promise<string>;
//# sourceMappingURL=elixir-node.d.ts.map
