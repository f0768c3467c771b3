import type { NodeStatus, Status, TracingInput } from "../../protocol/index.ts";
import { httpClient } from "../client.ts";
import { type ControlOptions, controlInput } from "../control-options.ts";
import { controlLines } from "../control-text.ts";
import { EXIT } from "../errors.ts";
import { isNode } from "../nodes.ts";
import { jsonLine } from "../output.ts";
import { findRunning, notRunning } from "../target.ts";
import type { Context } from "../terminal.ts";
import type { Level } from "../vocabulary.ts";
import { levelOf } from "./attach-options.ts";

export interface LevelCommandOptions extends ControlOptions {
  readonly level?: Level | undefined;
  readonly trace?: readonly string[] | undefined;
  /** Of several nodes only this one. */
  readonly node?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Says what is traced of the nodes that a running ElixirScope is attached to, after changing it where that was asked. */
export async function level(
  context: Context,
  node: string | undefined,
  options: LevelCommandOptions,
): Promise<number> {
  const running = await findRunning(context.env, node ?? options.node);
  if (!running) throw notRunning(node ?? options.node);
  const client = httpClient(running);
  const before = await client.call("status", {});
  const [now] = meant(before, options.node);
  if (!now) throw notRunning(options.node ?? node);
  const input = changeOf(options, now);
  const only = options.node === undefined ? {} : { node: now.name };
  const status = input === undefined ? before : await client.call("tracing", { ...input, ...only });
  for (const [i, shown] of meant(status, options.node).entries()) {
    if (options.json) {
      const { name, level: wanted, patterns, refused, control } = shown;
      jsonLine(context.out, { node: name, level: wanted, patterns, refused, ...control });
    } else {
      if (i > 0) context.out.line("");
      for (const line of controlLines(shown)) context.out.line(line);
    }
  }
  return EXIT.ok;
}

/** Nodes that are attached: the one that is named, or all. */
const meant = ({ nodes }: Status, node: string | undefined): readonly NodeStatus[] =>
  nodes.filter(({ name, state }) => state === "connected" && (node === undefined || isNode(name, node)));

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
