import type { Input } from "elixirscope/protocol";
import { useCallback, useState } from "react";
import { type AskError, ask } from "./ask.ts";
import { acceptStatus } from "./live.ts";

type CommandName = "attach" | "detach" | "tracing";

export interface Command<M extends CommandName> {
  /** True when it was done. */
  readonly run: (input: Input<M>) => Promise<boolean>;
  readonly running: boolean;
  /** The sentence that says what to do, and its stable code. */
  readonly error: string | undefined;
  readonly code: string | undefined;
}

/** Something that changes what is observed; the answer is the new status, on screen at once. */
export function useCommand<M extends CommandName>(method: M): Command<M> {
  const [running, setRunning] = useState(false);
  const [failure, setFailure] = useState<AskError | undefined>();
  const run = useCallback(
    async (input: Input<M>): Promise<boolean> => {
      setRunning(true);
      setFailure(undefined);
      try {
        acceptStatus(await ask(method, input));
        return true;
      } catch (error) {
        setFailure(error as AskError);
        return false;
      } finally {
        setRunning(false);
      }
    },
    [method],
  );
  return { run, running, error: failure?.message, code: failure?.code };
}
