import type { AlertRow } from "elixirscope/protocol";
import { Bell, BellOff } from "lucide-react";
import { lazy, type ReactElement, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { plural } from "../domain/format.ts";
import { say } from "../parts/notice.ts";
import { Popover } from "../parts/popover.tsx";
import { useSetting } from "../parts/setting.ts";
import { useAnswer, useLastEventId, useRunning } from "../server/hooks.ts";

const AlertList = lazy(() => import("./alert-list.tsx").then((all) => ({ default: all.AlertList })));

const EVERY_MS = 5_000;
const NONE: readonly AlertRow[] = [];

/** What newly goes wrong while it is recorded: told once, in one sentence at a time, and kept in a list. */
export function AlertsMenu(): ReactElement | null {
  const running = useRunning();
  const [told, setTold] = useSetting("alerts", ["on", "off"], "on");
  const on = told === "on";
  const [open, setOpen] = useState(false);
  const version = useLastEventId();
  const { data } = useAnswer("alerts", {}, { version, everyMs: EVERY_MS, enabled: running && on });
  const rows = data?.rows ?? NONE;
  const newest = rows.at(-1)?.id ?? 0;
  useSaying(rows, data !== undefined && !open);
  // What stands in the list that is open is seen.
  const [seenThen, setSeenThen] = useState(0);
  const seen = open ? newest : seenThen;
  const close = useCallback(() => {
    setOpen(false);
    setSeenThen(newest);
  }, [newest]);
  const fresh = rows.filter(({ id }) => id > seen).length;
  if (!running && rows.length === 0) return null;
  const label = !on
    ? "Alerts are off"
    : fresh > 0
      ? `Alerts: ${fresh} new`
      : `Alerts: ${rows.length === 0 ? "none" : "none new"}`;
  const Icon = on ? Bell : BellOff;
  return (
    <div className="views-menu">
      <button
        type="button"
        className={fresh > 0 ? "icon-button alerts-button fresh" : "icon-button alerts-button"}
        aria-label={label}
        title={label}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => (open ? close() : setOpen(true))}
      >
        <Icon size={16} aria-hidden="true" />
        {fresh > 0 && <span aria-hidden="true">{fresh}</span>}
      </button>
      {open && (
        <Popover label="Alerts" onClose={close} align="end">
          <Suspense fallback={null}>
            <AlertList answer={data} on={on} onToggle={(next) => setTold(next ? "on" : "off")} onGo={close} />
          </Suspense>
        </Popover>
      )}
    </div>
  );
}

/** Says what is new, in one sentence however many there are. */
function useSaying(rows: readonly AlertRow[], aloud: boolean): void {
  const said = useRef(0);
  useEffect(() => {
    const [first, ...others] = rows.filter(({ id }) => id > said.current);
    said.current = Math.max(said.current, rows.at(-1)?.id ?? 0);
    if (first && aloud)
      say(
        others.length === 0 ? first.summary : `${first.summary} And ${plural(others.length, "other alert")}.`,
      );
  }, [rows, aloud]);
}
