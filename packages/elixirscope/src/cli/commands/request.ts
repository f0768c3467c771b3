import { EXIT } from "../errors.ts";
import { jsonLine } from "../output.ts";
import { requestLines } from "../request-text.ts";
import { findRunning, notRunning, openTarget } from "../target.ts";
import type { Context } from "../terminal.ts";

export interface RequestOptions {
  readonly recording?: string | undefined;
  readonly json?: boolean | undefined;
}

/** One HTTP request: its plugs, what each changed, how long each took. */
export async function request(context: Context, id: number, options: RequestOptions): Promise<number> {
  const { recording } = options;
  // Attaching for the moment would answer nothing: the request is not in that record.
  if (recording === undefined && !(await findRunning(context.env))) throw notRunning();
  const target = await openTarget(context, { node: undefined, recording, attach: {}, redact: undefined });
  try {
    const found = await target.client.call("request", { id });
    const { out, err } = context;
    if (options.json) jsonLine(out, found);
    else for (const line of requestLines(found, out.color)) out.line(line);
    await out.drained();
    if (!found.plugs)
      err.line(err.color.dim("No plugs in the record: they are recorded from level state on."));
    return EXIT.ok;
  } finally {
    await target.close();
  }
}
