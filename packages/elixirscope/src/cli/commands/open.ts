import { setTimeout as delay } from "node:timers/promises";
import { canBrowse } from "../browser.ts";
import { formatSeconds } from "../duration.ts";
import { EXIT } from "../errors.ts";
import { counted } from "../format.ts";
import { watchInterrupts } from "../interrupt.ts";
import { existingRecordingPath } from "../out-file.ts";
import { jsonLine } from "../output.ts";
import { summaryOf, summaryText } from "../report.ts";
import { startSession } from "../session.ts";
import type { Context } from "../terminal.ts";

export interface OpenOptions {
  readonly port?: number | undefined;
  readonly open: boolean;
  readonly json?: boolean | undefined;
  /** Ends by itself after so many milliseconds, and says what is in it. */
  readonly forMs?: number | undefined;
}

/** Serves a recording until Ctrl-C. */
export async function openRecording(context: Context, file: string, options: OpenOptions): Promise<number> {
  const path = await existingRecordingPath(file);
  const interrupt = watchInterrupts();
  const session = await startSession(context, { opened: path, port: options.port });
  try {
    const status = await session.daemon.call("status", {});
    const node = status.nodes[0]?.name ?? null;
    await session.announce(node);
    const { url, port } = session.daemon;
    if (options.json) {
      jsonLine(context.out, { url, port, node, recording: path });
    } else {
      const { color } = context.err;
      const size = `${counted(status.events, "event")} in ${formatSeconds(status.seconds)}`;
      context.err.line(`${color.green("✔")} ${color.bold(file)} · ${node ?? "no node"} · ${size}`);
      context.out.line(`  ${context.out.color.cyan(url)}`);
      context.err.line(color.dim("Ctrl-C ends."));
    }
    if (options.open && !options.json && canBrowse(context)) await session.browse();
    if (options.forMs === undefined) await interrupt.promise;
    else {
      await Promise.race([interrupt.promise, delay(options.forMs, undefined, { ref: false })]);
      const { total } = await session.daemon.call("processes", { limit: 1 });
      const summary = summaryOf(status, total, path);
      if (options.json) jsonLine(context.out, summary);
      else context.err.line(summaryText(summary, context.err.color));
    }
    return EXIT.ok;
  } finally {
    await session.close();
    interrupt.dispose();
  }
}
