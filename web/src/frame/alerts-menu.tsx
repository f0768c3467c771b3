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
  const close = useCallback(() => setOpen(false), []);
  const version = useLastEventId();
  const { data } = useAnswer("alerts", {}, { version, everyMs: EVERY_MS, enabled: running && on });
  const rows = data?.rows ?? NONE;
  const seen = useSeen(rows, data !== undefined, open);
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
        onClick={() => setOpen(!open)}
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

/** Up to which alert the reader has seen them. What is new is said, in one sentence however many there are. */
function useSeen(rows: readonly AlertRow[], answered: boolean, open: boolean): number {
  const newest = rows.at(-1)?.id ?? 0;
  const [seen, setSeen] = useState(0);
  const said = useRef<number | undefined>(undefined);
  useEffect(() => {
    if (!answered) return;
    const before = said.current ?? 0;
    const fresh = rows.filter(({ id }) => id > before);
    said.current = newest;
    const [first, ...others] = fresh;
    if (first && !open)
      say(
        others.length === 0 ? first.summary : `${first.summary} And ${plural(others.length, "other alert")}.`,
      );
  }, [rows, newest, answered, open]);
  useEffect(() => {
    if (open) setSeen(newest);
  }, [open, newest]);
  return seen;
}
