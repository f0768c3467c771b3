import type { ExportEventRow } from "../../protocol/index.ts";
import type { TraceEvent, Track } from "./trace-tracks.ts";

/** Microseconds of an instant `t`: what was known before the record began stands at its beginning. */
export const micros = (t: number): number => rounded(Math.max(t, 0) / 1_000);

/** To the nanosecond. */
const rounded = (us: number): number => Math.round(us * 1_000) / 1_000;

interface Open {
  readonly row: ExportEventRow;
  readonly name: string;
  readonly cat: "callback" | "execution";
}

/** Callbacks and calls of traced functions, from their beginnings to their ends. Goes through the events of all processes. */
export class TraceSlices {
  readonly #open = new Map<string, Open[]>();

  /** What ended with this event. */
  after(row: ExportEventRow, track: Track): readonly TraceEvent[] {
    const handle = row.process!.handle;
    const open = this.#open.get(handle) ?? [];
    this.#open.set(handle, open);
    const one = (cat: Open["cat"]): Open => ({ row, name: row.mfa ?? row.summary, cat });
    switch (row.kind) {
      case "dispatch": {
        const ended = endedAt(open, 0, row, track, "its end is not known");
        open.push(one("callback"));
        return ended;
      }
      case "call":
        open.push(one("execution"));
        return [];
      case "state":
        return endedAt(
          open,
          open.findIndex(({ cat }) => cat === "callback"),
          row,
          track,
          "",
        );
      case "return":
      case "exception": {
        const at = open.findLastIndex(({ cat, name }) => cat === "execution" && name === row.mfa);
        return endedAt(open, at, row, track, "");
      }
      case "exit":
        this.#open.delete(handle);
        return endedAt(open, 0, row, track, "the process ended");
      default:
        return [];
    }
  }
}

/** Ends what is open from this place on, innermost first; of what lies within, the end is not known. */
function endedAt(
  open: Open[],
  at: number,
  end: ExportEventRow,
  { pid, tid }: Track,
  why: string,
): readonly TraceEvent[] {
  if (at < 0) return [];
  return open
    .splice(at)
    .map(({ row, name, cat }, i) => ({
      ph: "X",
      name,
      cat,
      pid,
      tid,
      ts: micros(row.t),
      dur: micros(Math.max(end.t, 0) - Math.max(row.t, 0)),
      args: {
        event: row.id,
        what: row.summary,
        ...(i === 0 && why === ""
          ? { end: end.id, result: end.summary }
          : { unknown: why || "its end was not recorded" }),
      },
    }))
    .toReversed();
}
