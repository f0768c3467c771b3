import type { NodeStatus, TracingInput } from "../../protocol/index.ts";
import { httpClient } from "../client.ts";
import { type ControlOptions, controlInput } from "../control-options.ts";
import { controlLines } from "../control-text.ts";
import { EXIT } from "../errors.ts";
import { jsonLine } from "../output.ts";
import { findRunning, notRunning } from "../target.ts";
import type { Context } from "../terminal.ts";
import type { Level } from "../vocabulary.ts";
import { levelOf } from "./attach-options.ts";

export interface LevelCommandOptions extends ControlOptions {
  readonly level?: Level | undefined;
  readonly trace?: readonly string[] | undefined;
  readonly json?: boolean | undefined;
}

/** Says what is traced of the node that a running ElixirScope is attached to, after changing it where that was asked. */
export async function level(
  context: Context,
  node: string | undefined,
  options: LevelCommandOptions,
): Promise<number> {
  const running = await findRunning(context.env, node);
  if (!running) throw notRunning(node);
  const client = httpClient(running);
  const before = await client.call("status", {});
  const now = before.nodes.at(-1);
  if (now?.state !== "connected") throw notRunning(node);
  const input = changeOf(options, now);
  const status = input === undefined ? before : await client.call("tracing", input);
  const shown = status.nodes.at(-1) ?? now;
  if (options.json) {
    const { name, level: wanted, patterns, control } = shown;
    jsonLine(context.out, { node: name, level: wanted, patterns, ...control });
  } else {
    for (const line of controlLines(shown)) context.out.line(line);
  }
  return EXIT.ok;
}

/** What is not named stays: another level does not end a scope. */
function changeOf(options: LevelCommandOptions, now: NodeStatus): TracingInput | undefined {
  const { sample, budget, ...scope } = controlInput(options);
  const isSame = options.level === undefined && options.trace === undefined;
  if (isSame && sample === undefined && budget === undefined && Object.keys(scope).length === 0)
    return undefined;
  return {
    level: isSame ? now.level : levelOf(options),
    patterns: options.trace ?? (isSame ? now.patterns : []),
    flows: now.flows.patterns,
    ...(Object.keys(scope).length === 0 ? now.control.scope : scope),
    sample: sample ?? now.control.sample,
    ...(budget === undefined ? {} : { budget: { ...now.control.budget, ...budget } }),
  };
}
