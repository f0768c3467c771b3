import type { ControlInput, NodeControl } from "elixirscope/protocol";

/** The form's fields, as a person types them. */
export interface ControlFields {
  readonly apps: string;
  readonly modules: string;
  readonly under: string;
  readonly processes: string;
  readonly except: string;
  readonly share: string;
  readonly calls: string;
  readonly flows: string;
  readonly told: string;
  readonly events: string;
  readonly megabytes: string;
  readonly memory: string;
  readonly cpu: string;
}

const MB = 1_048_576;

const listed = (names: readonly string[] | undefined): string => (names ?? []).join(", ");
const figure = (value: number | undefined, unit = 1): string =>
  value === undefined ? "" : String(Number((value / unit).toFixed(2)));

export function fieldsOf({ scope, sample, budget }: NodeControl): ControlFields {
  return {
    apps: listed(scope.apps),
    modules: listed(scope.modules),
    under: listed(scope.under),
    processes: listed(scope.processes),
    except: listed(scope.except),
    share: figure(sample.processes, 0.01),
    calls: figure(sample.callsPerSecond),
    flows: figure(sample.everyNthFlow),
    told: figure(sample.toldPerSecond),
    events: figure(budget.eventsPerSecond),
    megabytes: figure(budget.bytesPerSecond, MB),
    memory: figure(budget.memoryBytes, MB),
    cpu: figure(budget.cpuPercent),
  };
}

// A pid has a comma in no spelling.
const names = (text: string): readonly string[] | undefined => {
  const found = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return found.length === 0 ? undefined : found;
};

interface Range {
  readonly what: string;
  readonly least: number;
  readonly most: number;
  readonly unit?: number;
  readonly whole?: boolean;
}

class BadFigure extends Error {}

function amount(text: string, { what, least, most, unit = 1, whole = false }: Range): number | undefined {
  if (text.trim() === "") return undefined;
  const value = Number(text);
  if (!(value >= least && value <= most)) throw new BadFigure(`${what}: a number from ${least} to ${most}.`);
  return whole ? Math.round(value * unit) : value * unit;
}

/** What the form asks for, or what is wrong with it. The whole budget is sent: an empty field takes a limit away. */
export function controlInput(fields: ControlFields): ControlInput | string {
  try {
    return {
      apps: names(fields.apps),
      modules: names(fields.modules),
      under: names(fields.under),
      processes: names(fields.processes),
      except: names(fields.except),
      sample: {
        processes: amount(fields.share, { what: "% of processes", least: 0.01, most: 100, unit: 0.01 }),
        callsPerSecond: amount(fields.calls, { what: "Calls/s", least: 1, most: 1e9, whole: true }),
        everyNthFlow: amount(fields.flows, { what: "Every n-th flow", least: 1, most: 1e6, whole: true }),
        toldPerSecond: amount(fields.told, { what: "Told/s", least: 1, most: 1e9, whole: true }),
      },
      budget: {
        eventsPerSecond: amount(fields.events, { what: "Events/s", least: 1, most: 1e9, whole: true }),
        bytesPerSecond: amount(fields.megabytes, {
          what: "MB/s",
          least: 0.01,
          most: 10_000,
          unit: MB,
          whole: true,
        }),
        memoryBytes: amount(fields.memory, {
          what: "MB in the node",
          least: 1,
          most: 64,
          unit: MB,
          whole: true,
        }),
        cpuPercent: amount(fields.cpu, { what: "% of a scheduler", least: 0.1, most: 100 }),
      },
    };
  } catch (error) {
    if (error instanceof BadFigure) return error.message;
    throw error;
  }
}
