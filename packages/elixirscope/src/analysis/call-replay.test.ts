import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CallStep, type Execution, type Loss, replayCalls } from "./call-replay.ts";

const KINDS: Readonly<Record<string, string>> = { "(": "call", ")": "return", "!": "exception", x: "exit" };

/** `1(7`: process 1 calls function 7; `1)7`: it returns; `1!7`: it raises; `1x`: the process ends. A microsecond apart. */
function steps(...lines: readonly string[]): CallStep[] {
  return lines.map((line, i) => {
    const [, pid, kind, mfa] = /^(\d+)(.)(\d*)$/.exec(line)!;
    const id = i + 1;
    return { id, node: 0, ts: BigInt(id) * 1000n, kind: KINDS[kind!]!, pid: Number(pid), mfa: Number(mfa) };
  });
}

/** `call→end outcome depth duration/own`, microseconds; `?` where it is not certain. */
const text = ({ call, end, outcome, depth, durationNs, ownNs, certain }: Execution<CallStep>): string =>
  `${call?.id ?? "-"}→${end?.id ?? "-"} ${outcome} ${depth} ${micros(durationNs)}/${micros(ownNs)}${certain ? "" : "?"}`;
const micros = (ns: bigint | undefined): string => (ns === undefined ? "-" : String(ns / 1000n));

const replayed = (list: readonly CallStep[], losses: readonly Loss[] = []): readonly string[] =>
  replayCalls(list, losses).map(text);

describe("the replay of calls", () => {
  it("nests calls, whatever other processes do, and takes the traced calls in it off the own time", () => {
    expect(replayed(steps("1(7", "2(7", "1(8", "1)8", "2)7", "1(9", "1)9", "1)7"))).toEqual([
      "1→8 returned 0 7/5",
      "2→5 returned 0 3/3",
      "3→4 returned 1 1/1",
      "6→7 returned 1 1/1",
    ]);
  });

  it("follows recursion and tail calls, whose frames all tell of their end", () => {
    expect(replayed(steps("1(7", "1(7", "1(7", "1)7", "1)7", "1)7"))).toEqual([
      "1→6 returned 0 5/2",
      "2→5 returned 1 3/2",
      "3→4 returned 2 1/1",
    ]);
  });

  it("lets an exception pass through frames up to the one that catches it", () => {
    expect(replayed(steps("1(5", "1(6", "1(7", "1!7", "1!6", "1)5"))).toEqual([
      "1→6 returned 0 5/2",
      "2→5 raised 1 3/2",
      "3→4 raised 2 1/1",
    ]);
  });

  it("ends the calls that a process stood in when it was killed", () => {
    expect(replayed(steps("1(5", "1(6", "1x", "2(5", "2)5"))).toEqual([
      "1→3 ended 0 2/1",
      "2→3 ended 1 1/1",
      "4→5 returned 0 1/1",
    ]);
  });

  it("leaves calls open that still run, and the time of those around them unknown to none", () => {
    expect(replayed(steps("1(5", "1(6", "1)6"))).toEqual(["1→- open 0 -/-", "2→3 returned 1 1/1"]);
  });

  it("shows an end whose call came before the record", () => {
    expect(replayed(steps("1)5", "1(6", "1)6", "1!4"))).toEqual([
      "-→1 returned 0 -/-",
      "2→3 returned 0 1/1",
      "-→4 raised 0 -/-",
    ]);
  });

  it("says of what a loss touches that it is not certain, or unknown", () => {
    const loss = { node: 0, from: 2_500n, to: 2_600n };
    expect(replayed(steps("1(5", "1(6", "1)5", "2(5", "2)5", "3(5"), [loss])).toEqual([
      "1→3 returned 0 2/-?",
      "2→- unknown 1 -/-?",
      "4→5 returned 0 1/1",
      "6→- open 0 -/-",
    ]);
    expect(replayed(steps("1(5", "1(6", "1)5"), [{ ...loss, node: 1 }])[0]).toBe("1→3 returned 0 2/-?");
    expect(replayed(steps("1(5", "1(6", "1x"), [loss])).toEqual(["1→3 unknown 0 2/-?", "2→3 unknown 1 1/-?"]);
  });

  it("finds every call of random programs, and after a loss claims nothing that is not so", () => {
    fc.assert(
      fc.property(program, fc.nat(60), fc.nat(20), (code, from, length) => {
        const { list, truth } = played(code);
        const found = replayCalls(list, []);
        expect(found.map(({ call, end }) => [call?.id, end?.id])).toEqual(truth);
        const own = found.reduce((sum, { ownNs }) => sum + ownNs!, 0n);
        const outer = found.filter(({ depth }) => depth === 0);
        expect(own).toBe(outer.reduce((sum, { durationNs }) => sum + durationNs!, 0n));

        const loss = { node: 0, from: BigInt(from) * 1000n, to: BigInt(from + length) * 1000n };
        const rest = list.filter(({ ts }) => ts < loss.from || ts > loss.to);
        const known = new Map(truth.map(([call, end]) => [call, end]));
        for (const { call, end, certain } of replayCalls(rest, [loss])) {
          if (call && end && certain) expect(known.get(call.id)).toBe(end.id);
        }
      }),
    );
  });
});

const program = fc.array(
  fc.record({ kind: fc.constantFrom("call", "return", "exception"), mfa: fc.nat(2) }),
  { maxLength: 40 },
);

/** What one process that does this would be seen to do, and each call with its end; all calls end at last. */
function played(code: readonly { readonly kind: string; readonly mfa: number }[]): {
  readonly list: CallStep[];
  readonly truth: readonly (readonly [call: number, end: number])[];
} {
  const list: CallStep[] = [];
  const truth: (readonly [number, number])[] = [];
  const stack: CallStep[] = [];
  const add = (kind: string, mfa: number): CallStep => {
    const id = list.length + 1;
    const step = { id, node: 0, ts: BigInt(id) * 1000n, kind, pid: 1, mfa };
    list.push(step);
    return step;
  };
  const end = (kind: string): void => {
    const call = stack.pop();
    if (call) truth.push([call.id, add(kind, call.mfa).id]);
  };
  for (const { kind, mfa } of code) {
    if (kind === "call") stack.push(add("call", mfa));
    else end(kind);
  }
  while (stack.length > 0) end("return");
  return { list, truth: truth.sort((a, b) => a[0] - b[0]) };
}
