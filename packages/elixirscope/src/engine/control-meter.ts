import type { Level } from "../model/index.ts";
import type { ControlInput, NodeControl, ScopeInput } from "../protocol/index.ts";
import type { AgentStats } from "../tracer/index.ts";

/** Who is traced, of all that says what is traced. */
export const scopeOf = ({ processes, apps, modules, under, except }: ScopeInput): ScopeInput =>
  Object.fromEntries(
    Object.entries({ processes, apps, modules, under, except }).filter(
      ([, names]) => (names?.length ?? 0) > 0,
    ),
  );

/**
 * What is asked for, with the agent's last report of what became of it.
 * @param assumed what is in force before it has reported
 */
export function nodeControl(
  control: ControlInput,
  stats: AgentStats | undefined,
  assumed: Level | "off",
): NodeControl {
  return {
    inForce: stats?.inForce ?? assumed,
    loweredBy: stats === undefined || stats.loweredBy === "none" ? null : stats.loweredBy,
    scope: scopeOf(control),
    sample: control.sample ?? {},
    budget: control.budget ?? {},
    droppedByCause: stats?.droppedByCause ?? {},
    sampledOut: stats?.sampledOut ?? 0,
    ...(stats && { sent: stats.sent }),
  };
}
