import { atom, Pid, type Pid as PidType, Reference, type Term, Tuple, tuple } from "@elixirscope/etf";
import { describe, expect, test } from "vitest";
import { OP, parseControl } from "./control.ts";

const them: PidType = new Pid("shop@127.0.0.1", 1, 2, 3);
const us: PidType = new Pid("scope@127.0.0.1", 1, 0, 9);
const ref = new Reference("scope@127.0.0.1", 9, [1, 2, 3]);
const token = tuple(0, 17, 0, them, 0);
const unused = atom("");
const why = atom("why");

const CASES: readonly (readonly [string, Term[], object])[] = [
  ["LINK", [OP.LINK, them, us], { kind: "link", from: them, to: us }],
  ["SEND", [OP.SEND, unused, us], { kind: "send", from: undefined, to: us }],
  ["SEND_TT", [OP.SEND_TT, unused, us, token], { kind: "send", from: undefined, to: us }],
  ["SEND_SENDER", [OP.SEND_SENDER, them, us], { kind: "send", from: them, to: us }],
  ["SEND_SENDER_TT", [OP.SEND_SENDER_TT, them, us, token], { kind: "send", from: them, to: us }],
  ["REG_SEND", [OP.REG_SEND, them, unused, atom("n")], { kind: "reg_send", from: them, to: "n" }],
  [
    "REG_SEND_TT",
    [OP.REG_SEND_TT, them, unused, atom("n"), token],
    { kind: "reg_send", from: them, to: "n" },
  ],
  ["ALIAS_SEND", [OP.ALIAS_SEND, them, ref], { kind: "alias_send", from: them, to: ref }],
  ["ALIAS_SEND_TT", [OP.ALIAS_SEND_TT, them, ref, token], { kind: "alias_send", from: them, to: ref }],
  ["EXIT", [OP.EXIT, them, us, why], { kind: "exit", from: them, to: us, reason: why }],
  ["EXIT_TT", [OP.EXIT_TT, them, us, token, why], { kind: "exit", from: them, to: us, reason: why }],
  ["EXIT2", [OP.EXIT2, them, us, why], { kind: "exit2", from: them, to: us, reason: why }],
  ["EXIT2_TT", [OP.EXIT2_TT, them, us, token, why], { kind: "exit2", from: them, to: us, reason: why }],
  ["PAYLOAD_EXIT", [OP.PAYLOAD_EXIT, them, us], { kind: "exit", from: them, to: us }],
  ["PAYLOAD_EXIT_TT", [OP.PAYLOAD_EXIT_TT, them, us, token], { kind: "exit", from: them, to: us }],
  ["PAYLOAD_EXIT2", [OP.PAYLOAD_EXIT2, them, us], { kind: "exit2", from: them, to: us }],
  ["PAYLOAD_EXIT2_TT", [OP.PAYLOAD_EXIT2_TT, them, us, token], { kind: "exit2", from: them, to: us }],
  ["UNLINK", [OP.UNLINK, them, us], { kind: "unlink", id: undefined, from: them, to: us }],
  ["UNLINK_ID", [OP.UNLINK_ID, 5n ** 25n, them, us], { kind: "unlink", id: 5n ** 25n, from: them, to: us }],
  ["UNLINK_ID_ACK", [OP.UNLINK_ID_ACK, 7, them, us], { kind: "unlink_ack", id: 7, from: them, to: us }],
  ["GROUP_LEADER", [OP.GROUP_LEADER, them, us], { kind: "group_leader", from: them, to: us }],
  ["MONITOR_P", [OP.MONITOR_P, them, atom("n"), ref], { kind: "monitor", from: them, to: atom("n"), ref }],
  ["DEMONITOR_P", [OP.DEMONITOR_P, them, us, ref], { kind: "demonitor", from: them, to: us, ref }],
  [
    "MONITOR_P_EXIT",
    [OP.MONITOR_P_EXIT, them, us, ref, why],
    { kind: "monitor_exit", from: them, to: us, ref, reason: why },
  ],
  [
    "PAYLOAD_MONITOR_P_EXIT",
    [OP.PAYLOAD_MONITOR_P_EXIT, atom("n"), us, ref],
    { kind: "monitor_exit", from: atom("n"), to: us, ref },
  ],
  [
    "SPAWN_REQUEST",
    [OP.SPAWN_REQUEST, ref, them, them, tuple(atom("m"), atom("f"), 0), []],
    { kind: "spawn_request", ref, from: them },
  ],
  [
    "SPAWN_REQUEST_TT",
    [OP.SPAWN_REQUEST_TT, ref, them, them, tuple(atom("m"), atom("f"), 0), [], token],
    { kind: "spawn_request", ref, from: them },
  ],
  ["SPAWN_REPLY", [OP.SPAWN_REPLY, ref, us, 2, them], { kind: "spawn_reply", ref, to: us, result: them }],
  [
    "SPAWN_REPLY_TT",
    [OP.SPAWN_REPLY_TT, ref, us, 0, why, token],
    { kind: "spawn_reply", ref, to: us, result: why },
  ],
];

describe("control messages", () => {
  test.each(CASES)("%s", (_name, elements, signal) => {
    expect(parseControl(new Tuple(elements))).toEqual(signal);
  });

  test("every operation has its case here", () => {
    expect(new Set(CASES.map(([name]) => name))).toEqual(new Set(Object.keys(OP)));
  });

  test.each(CASES)("%s with a field missing or of another type is an error", (_name, elements) => {
    // Fields that we do not look at may be anything.
    const looked = elements.map((_, index) => index).filter((index) => breaks(elements, index));
    expect(looked.length).toBeGreaterThanOrEqual(2);
    expect(() => parseControl(new Tuple(elements.slice(0, 2)))).toThrow(/Broken distribution message/);
  });

  test.each([[[]], [atom("x")], [new Tuple([])], [tuple(99, us)], [tuple(atom("send"), us)]])(
    "%j is none",
    (control) => {
      expect(() => parseControl(control)).toThrow(/Broken distribution message/);
    },
  );
});

function breaks(elements: readonly Term[], index: number): boolean {
  try {
    parseControl(new Tuple(elements.map((element, i) => (i === index ? new Uint8Array(1) : element))));
    return false;
  } catch {
    return true;
  }
}
