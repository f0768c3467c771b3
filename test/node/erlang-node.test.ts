import { expect, test } from "vitest";
import { startErlangNode } from "../testkit/erlang-node.ts";

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test("a node starts, evaluates, reports errors and ends", async () => {
  const node = await startErlangNode({ name: "kit", cookie: "KITCOOKIE" });
  try {
    expect(node.name).toBe("kit@127.0.0.1");
    expect(node.otp).toBeGreaterThanOrEqual(25);
    expect(await node.eval("erlang:get_cookie()")).toBe("'KITCOOKIE'");
    expect(await node.eval("A = 20, A + 22.")).toBe("42");
    expect(await node.eval('<<"grüße, 日本"/utf8>>')).toBe('<<"grüße, 日本"/utf8>>');
    expect(await node.eval("list_to_integer(os:getpid())")).toBe(String(node.pid));
    await expect(node.eval("error(boom)")).rejects.toThrow(/error: boom/);
    await expect(node.eval("this is no Erlang")).rejects.toThrow(/syntax/);
    expect(await node.eval('io:put_chars(user, "no newline"), ok')).toBe("ok");
    expect(node.output()).toContain("no newline");
    const slow = node.eval("receive after 200 -> slow end");
    expect(await node.eval("quick")).toBe("quick");
    expect(await slow).toBe("slow");
  } finally {
    await node.stop();
  }
  await node.stop();
  expect(alive(node.pid)).toBe(false);
});

test("two nodes share an EPMD; short names and nodes without distribution work", async () => {
  const [long, short, none] = await Promise.all([
    startErlangNode(),
    startErlangNode({ name: "kit@localhost" }),
    startErlangNode({ name: false }),
  ]);
  try {
    expect(long.epmdPort).toBe(short.epmdPort);
    expect(short.name).toBe("kit@localhost");
    expect(none.name).toBe("nonode@nohost");
    const names = await long.eval(
      "{ok, Names} = erl_epmd:names({127,0,0,1}), lists:sort([N || {N, _} <- Names])",
    );
    expect(names).toContain('"kit"');
  } finally {
    await Promise.all([long.stop(), short.stop(), none.stop()]);
  }
});

test("a node that does not start says why", async () => {
  await expect(startErlangNode({ erl: "/no/such/erl" })).rejects.toThrow(/ENOENT/);
  await expect(startErlangNode({ args: ["-s", "no_such_module"] })).rejects.toThrow(/no_such_module/);
});

test("a node killed from outside fails what was asked of it", async () => {
  const node = await startErlangNode();
  const answer = node.eval("receive never -> ok end");
  process.kill(node.pid, "SIGKILL");
  await expect(answer).rejects.toThrow(/ended/);
  await node.exited;
  await node.stop();
});
