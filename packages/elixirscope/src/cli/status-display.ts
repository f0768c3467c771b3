import type { Sink } from "./terminal.ts";

const CLEAR_LINE = "\r\u001b[2K";

/** A line at the bottom of a terminal that is written over; on anything but a terminal, nothing. */
export interface StatusDisplay {
  show(line: string): void;
  /** Prints a line that stays, above the status line. */
  above(text: string): void;
  clear(): void;
}

export function statusDisplay(sink: Sink): StatusDisplay {
  let shown = "";
  const paint = (line: string): void => {
    if (sink.isTTY) sink.write(CLEAR_LINE + line);
  };
  return {
    show: (line) => {
      if (line === shown) return;
      shown = line;
      paint(line);
    },
    above: (text) => {
      if (shown !== "") paint("");
      sink.line(text);
      if (shown !== "") paint(shown);
    },
    clear: () => {
      if (shown !== "") paint("");
      shown = "";
    },
  };
}
