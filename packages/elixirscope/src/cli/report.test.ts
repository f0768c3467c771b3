import picocolors from "picocolors";
import { describe, expect, it } from "vitest";
import type { NodeStatus, Status } from "../protocol/index.ts";
import { recordingText, statusLine, summaryOf, summaryText } from "./report.ts";

const plain = picocolors.createColors(false);

const node: NodeStatus = {
  index: 0,
  name: "hello@127.0.0.1",
  state: "connected",
  reason: "",
  otp: "25",
  elixir: "1.14.0",
  level: "observe",
  lines: [],
  refused: "",
  clock: null,
  peers: [],
  patterns: [],
  flows: { state: "off", patterns: [], reason: "" },
  tracing: "legacy",
  systemMonitor: "on",
  cost: { schedulerPercent: 0.25, agentMemoryBytes: 700_000, mailboxLength: 0, inFlightBytes: 0 },
  control: {
    inForce: "observe",
    loweredBy: null,
    scope: {},
    sample: {},
    budget: {},
    droppedByCause: {},
    sampledOut: 0,
  },
};

const status = (some: Partial<Status> = {}): Status => ({
  schemaVersion: 1,
  version: "0.1.0",
  file: null,
  startedAt: "2030-01-31T12:00:00.000Z",
  seconds: 3.0004,
  nodes: [node],
  events: 1_234,
  dropped: 0,
  droppedByKind: {},
  gaps: 0,
  processesAlive: 100,
  eventsPerSecond: 27.6,
  lastEventId: 1_234,
  splits: [],
  storeTrouble: "",
  treeVersion: 1,
  bookmarks: 0,
  t: 3e9,
  ...some,
});

describe("statusLine", () => {
  it("says all of it where there is room", () => {
    expect(statusLine(status(), 140, plain)).toBe(
      "● live hello@127.0.0.1 · 1,234 events, 28/s · 0 dropped, 0 gaps · cost 0.3% CPU, 684 KB · Ctrl-C ends",
    );
  });

  it("tells the size of a recording that is kept", () => {
    expect(statusLine(status(), 140, plain, 2_048)).toContain(" · 2.0 KB on disk · ");
  });

  it.each([200, 110, 100, 80, 60, 45, 30])("stays on one line of %d columns, with room for ^C", (columns) => {
    const line = statusLine(status(), columns, plain);
    expect(line.length).toBeLessThanOrEqual(columns - 3);
    expect(line).toContain("1,234 events");
  });

  it("shows that the node is lost", () => {
    const lost = status({ nodes: [{ ...node, state: "disconnected" }] });
    expect(statusLine(lost, 140, plain)).toMatch(/^○ lost hello@127\.0\.0\.1/);
  });

  it("works before there is a node", () => {
    expect(statusLine(status({ nodes: [] }), 80, plain)).toMatch(/^○ starting/);
  });
});

describe("summary", () => {
  it("has the fields that programs count on", () => {
    expect(summaryOf(status(), 117, null)).toEqual({
      events: 1_234,
      dropped: 0,
      gaps: 0,
      processes: 117,
      seconds: 3,
      recording: null,
    });
  });

  it("never hides a loss", () => {
    const lossy = summaryOf(status({ dropped: 5, gaps: 1 }), 117, "/tmp/a.esrec");
    expect(summaryText(lossy, plain)).toBe("1,234 events of 117 processes in 3.0 s, 5 dropped in 1 gap");
    expect(recordingText(lossy, plain)).toContain("elixirscope open /tmp/a.esrec");
    expect(recordingText({ ...lossy, recording: null }, plain)).toContain("discarded");
  });
});
