import { describe, expect, it } from "vitest";
import { auditWarning } from "./audit-warning.ts";
import { sinceOf, whatOf } from "./commands/audit.ts";
import { parseInstant } from "./instant.ts";

const NOW = Date.parse("2026-11-27T12:00:00Z");
const line = (act: string, more: object) => whatOf({ time: "2026-11-27T11:00:00.000Z", act, ...more });

describe("the audit log on the command line", () => {
  it("takes a duration as so long ago, whichever sign it has", () => {
    expect(sinceOf(parseInstant("2h"), NOW)).toBe(NOW - 7_200_000);
    expect(sinceOf(parseInstant("-2h"), NOW)).toBe(NOW - 7_200_000);
    expect(sinceOf(parseInstant("2026-11-27T10:30:00Z"), NOW)).toBe(NOW - 5_400_000);
    expect(sinceOf(undefined, NOW)).toBe(-Infinity);
  });

  it("says in a few words what was done", () => {
    expect(line("attach", { level: "observe" })).toBe("observe");
    expect(
      line("tracing", {
        before: { level: "observe" },
        after: { level: "calls", patterns: ["Shop.Cart.add(…)", "Shop.Till"], apps: ["shop"] },
      }),
    ).toBe("observe → calls: patterns Shop.Cart.add(…) Shop.Till, apps shop");
    expect(line("refused", { of: "attach", code: "TRACER_TAKEN" })).toBe("attach: TRACER_TAKEN");
    expect(line("replay", { runs: true })).toBe("ran callbacks");
    expect(line("replay", { runs: false })).toBe("looked only");
    expect(line("count_calls", { ms: 2_000 })).toBe("for 2,000 ms");
    const costs = { seconds: 61.5, events: 1_200, dropped: 0, memoryPeakBytes: 2_097_152 };
    expect(line("detached", costs)).toBe("61.5 s, 1,200 events, at most 2.0 MB in the node");
    expect(line("lost", { ...costs, dropped: 7, reason: "cut" })).toBe(
      "61.5 s, 1,200 events, 7 dropped, at most 2.0 MB in the node: cut",
    );
  });

  it("warns where it is not written, and only there", () => {
    expect(auditWarning({} as never)).toBe("");
    expect(auditWarning({ auditTrouble: "No room." } as never)).toBe(
      "What is done on the node is not being written down. No room.",
    );
  });
});
