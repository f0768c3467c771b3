import { type Pipeline, type PlugStep, type Request, termPath } from "../analysis/index.ts";
import type { RequestAnswer, RequestStepRow } from "../protocol/index.ts";
import { moduleName, type PhoenixParts } from "./phoenix-rows.ts";

/** Longest value of a change, in characters. */
const VALUE_LENGTH = 300;

/** Plugs, with the stages that telemetry tells of in the places where they ran. */
export function requestSteps(
  request: Request,
  pipeline: Pipeline | undefined,
  parts: PhoenixParts,
): Pick<RequestAnswer, "plugs" | "steps"> {
  const plugs = pipeline?.steps ?? [];
  const began = plugs[0]?.ts ?? request.startedAt;
  const offset = Number(request.startedAt - began);
  const steps = [
    ...plugs.map((step) => plugRow(step, began, parts)),
    ...request.stages
      // The router and the server are plugs themselves.
      .filter(({ name }) => plugs.length === 0 || !["router", "server"].includes(name))
      .map((stage): RequestStepRow => {
        const at = request.startedAt + BigInt(stage.startNs);
        return {
          ...NOTHING,
          ...stageFacts(stage),
          startNs: offset + stage.startNs,
          depth: depthAt(plugs, at),
        };
      }),
  ];
  return { plugs: plugs.length > 0, steps: steps.sort((a, b) => a.startNs - b.startNs || a.id - b.id) };
}

const NOTHING = {
  ownNs: null,
  changes: [],
  more: false,
  unknown: [],
  halted: false,
  sent: false,
} as const;

const stageFacts = ({
  id,
  name,
  what,
  durationNs,
  failed,
}: Request["stages"][number]): Pick<RequestStepRow, "id" | "type" | "name" | "durationNs" | "failed"> => ({
  id,
  type: name,
  name: what,
  durationNs,
  failed,
});

/** What runs at an instant is in the plug that was called last and has not ended. */
function depthAt(plugs: readonly PlugStep[], at: bigint): number {
  const around = plugs.findLast(({ ts, endedAt }) => ts <= at && (endedAt === undefined || endedAt > at));
  return around ? around.depth + 1 : 0;
}

function plugRow(step: PlugStep, began: bigint, parts: PhoenixParts): RequestStepRow {
  const { id, type, depth, ts, endedAt, ownNs, changes, halted, sent, failed } = step;
  const text = (term: Parameters<PhoenixParts["text"]>[0] | undefined): string | null =>
    term === undefined ? null : parts.text(term, VALUE_LENGTH).text;
  return {
    id,
    type,
    name: nameOf(step),
    depth,
    startNs: Number(ts - began),
    durationNs: endedAt === undefined ? null : Number(endedAt - ts),
    ownNs: ownNs ?? null,
    changes:
      changes?.changes.map(({ path, before, after }) => ({
        path: termPath(path),
        before: text(before),
        after: text(after),
      })) ?? [],
    more: changes?.more ?? false,
    unknown: changes?.unknown.map(termPath) ?? [],
    halted,
    sent,
    failed,
  };
}

/** A module plug by its module, a function by its name; of a router's pipeline the name alone. */
function nameOf({ type, module, function: name }: PlugStep): string {
  if (type === "pipeline") return name;
  return name === "call" ? moduleName(module)! : `${moduleName(module)}.${name}`;
}
