import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { nodeIn, startedNode } from "./run-node.ts";

describe("the node in the arguments of an Erlang", () => {
  it.each([
    ["beam.smp -- -root /r -- -home /h -- -name ours@127.0.0.1", { node: "ours@127.0.0.1" }],
    ["beam.smp -root /r -progname erl", undefined],
    ["beam.smp -root /r -name ours@127.0.0.1 -setcookie A", { node: "ours@127.0.0.1", cookie: "A" }],
    // A release names itself behind us: its short name counts.
    ["beam.smp -name ours@127.0.0.1 -sname shop@host -setcookie A", { node: "shop@host", cookie: "A" }],
    // Of two long names the first counts; of two cookies none.
    ["beam.smp -name ours@127.0.0.1 -name shop@b.c -setcookie A -setcookie B", { node: "ours@127.0.0.1" }],
    ["beam.smp -name ours@127.0.0.1 -extra -setcookie C", { node: "ours@127.0.0.1" }],
  ])("%s", (words, expected) => {
    expect(nodeIn(words.split(" "))).toEqual(expected);
  });
});

it("is found among the processes by its mark, and by no shell’s", async () => {
  const mark = "5f3a9c01";
  const words = ["-c", "read _", "sh", "-sname", "shop@host", `elixirscope_attach_${mark}`];
  const as = (argv0: string): ChildProcess =>
    spawn("sh", words, { argv0, stdio: ["pipe", "ignore", "inherit"] });
  const shell = as("sh");
  await once(shell, "spawn");
  expect(await startedNode(mark)).toBeUndefined();
  const emulator = as("/usr/lib/erlang/erts-13.1.5/bin/beam.smp");
  await once(emulator, "spawn");
  await expect.poll(() => startedNode(mark), { timeout: 10_000 }).toEqual({ node: "shop@host" });
  for (const child of [shell, emulator]) child.stdin?.end();
});
