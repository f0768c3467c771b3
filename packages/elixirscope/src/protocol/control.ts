import { z } from "zod";
import { type Budget, type Sample, TOLD_ALL } from "../model/index.ts";

// What is traced of a node, how much of it, and what that may cost. Shared by the methods `attach` and `tracing` and
// by the status.

/** Who is traced; each with all that it spawns. Nothing given: everybody. */
export interface ScopeInput {
  /** Pids, handles or registered names. */
  readonly processes?: readonly string[] | undefined;
  /** Names of applications, such as `my_app`; also those that start later. */
  readonly apps?: readonly string[] | undefined;
  /** `MyApp.*`: processes whose initial call, label or registered name is `MyApp` or a module below it. */
  readonly modules?: readonly string[] | undefined;
  /** Supervisors, with what is below them. */
  readonly under?: readonly string[] | undefined;
  /** Never traced: `app:my_app`, `MyApp.*`, `under:MyApp.Supervisor`, a process. */
  readonly except?: readonly string[] | undefined;
}

/** Everything that says what is traced, beside level and call patterns. */
export interface ControlInput extends ScopeInput {
  readonly sample?: Sample | undefined;
  /** Absent: as it was. */
  readonly budget?: Budget | undefined;
}

/** Why a lower level is in force than the one that is wanted. */
export type LoweredBy = "events" | "bytes" | "cpu" | "run_queue" | "breaker";

const named = z.string().min(1).max(512);
const names = z.array(named).max(1_000).optional();

/** Checks for {@link ControlInput}, to be spread into an object's schema. */
export const controlSchema: { readonly [K in keyof ControlInput]-?: z.ZodType<ControlInput[K]> } = {
  processes: names,
  apps: names,
  modules: names,
  under: names,
  except: names,
  sample: z
    .strictObject({
      processes: z.number().min(0).max(1).optional(),
      callsPerSecond: z.number().int().min(1).max(1_000_000_000).optional(),
      toldPerSecond: z.number().int().min(1).max(TOLD_ALL).optional(),
      everyNthFlow: z.number().int().min(1).max(1_000_000).optional(),
    })
    .optional(),
  budget: z
    .strictObject({
      eventsPerSecond: z.number().int().min(1).max(1_000_000_000).optional(),
      bytesPerSecond: z.number().int().min(1).max(1_000_000_000_000).optional(),
      memoryBytes: z.number().int().min(1_048_576).max(67_108_864).optional(),
      cpuPercent: z.number().min(0.1).max(100).optional(),
      runQueue: z.number().int().min(1).max(1_000_000).optional(),
    })
    .optional(),
};
