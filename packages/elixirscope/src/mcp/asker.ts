import type { Input, MethodName, Output } from "../protocol/index.ts";

/** Who answers: an engine in this process, or a running ElixirScope over HTTP. Errors carry a `code` and say what to do. */
export interface Asker {
  call<M extends MethodName>(method: M, input: Input<M>): Promise<Output<M>>;
}
