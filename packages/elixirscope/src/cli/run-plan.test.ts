import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { givenName, planRun } from "./run-plan.ts";

const plan = (command: readonly string[], env: NodeJS.ProcessEnv = {}, holdMs = 5_000) =>
  planRun({ command, env, holdMs });

describe("planRun", () => {
  it("names the node, keeps it on loopback and holds its boot, all by environment", () => {
    const { node, mark, env, held } = plan(["mix", "phx.server"], { PATH: "/bin" });
    expect(mark).toMatch(/^[0-9a-f]{8}$/);
    expect(node).toBe(`elixirscope_run_${mark}@127.0.0.1`);
    expect(env).toEqual({
      PATH: "/bin",
      RELEASE_DISTRIBUTION: "none",
      ERL_AFLAGS:
        `-name ${node} -kernel inet_dist_use_interface {127,0,0,1} ` +
        `-kernel sync_nodes_optional [elixirscope_attach_${mark}] -kernel sync_nodes_timeout 5000`,
    });
    expect(held).toEqual({
      awaited: `elixirscope_attach_${mark}`,
      env: { ERL_AFLAGS: null, RELEASE_DISTRIBUTION: null },
    });
  });

  it("adds to the flags that are there, and gives them back afterwards", () => {
    const { env, held } = plan(["mix"], { ERL_AFLAGS: "+S 1", RELEASE_DISTRIBUTION: "sname" });
    expect(env.ERL_AFLAGS).toMatch(/^\+S 1 -name /);
    expect(held?.env).toEqual({ ERL_AFLAGS: "+S 1", RELEASE_DISTRIBUTION: "sname" });
  });

  it("gives each node a name of its own", () => {
    expect(plan(["mix"]).node).not.toBe(plan(["mix"]).node);
  });

  it("does not hold where that is not wanted", () => {
    const { env, held } = plan(["mix"], {}, 0);
    expect(held).toBeUndefined();
    expect(env.ERL_AFLAGS).not.toContain("sync_nodes");
  });

  it("leaves name and interface to a command that names its node", () => {
    const { node, mark, env, cookie } = plan([
      "iex",
      "--name",
      "shop@10.0.0.5",
      "--cookie",
      "abc",
      "-S",
      "mix",
    ]);
    expect(node).toBe("shop@10.0.0.5");
    expect(cookie).toBe("abc");
    expect(env.ERL_AFLAGS).toBe(
      `-kernel sync_nodes_optional [elixirscope_attach_${mark}] -kernel sync_nodes_timeout 5000`,
    );
    expect(env.RELEASE_DISTRIBUTION).toBeUndefined();
  });

  it("also where the environment names it", () => {
    expect(plan(["mix"], { ERL_FLAGS: "-name a@b.c  -setcookie abc" })).toMatchObject({
      node: "a@b.c",
      cookie: "abc",
    });
    expect(plan(["mix"], { ELIXIR_ERL_OPTIONS: "+S 1 -sname a@b" }).node).toBe("a@b");
  });

  it("has no cookie in the environment of the child", () => {
    expect(JSON.stringify(plan(["mix"]).env)).not.toContain("cookie");
  });

  describe("of a release", () => {
    let root: string;
    let start: readonly string[];
    const has = (file: string, text: string): Promise<void> => writeFile(join(root, "releases", file), text);
    beforeEach(async () => {
      root = await mkdtemp(join(tmpdir(), "elixirscope-test-"));
      await mkdir(join(root, "bin"));
      await mkdir(join(root, "releases", "1.2.0"), { recursive: true });
      await has("COOKIE", "SECRET\n");
      await has("start_erl.data", "13.1.5 1.2.0\n");
      start = [join(root, "bin", "shop"), "start"];
    });
    afterEach(() => rm(root, { recursive: true }));

    it("finds the cookie", () => {
      expect(plan(start).cookie).toBe("SECRET");
      expect(plan(start, { RELEASE_COOKIE: "OTHER" }).cookie).toBe("OTHER");
      expect(plan(["shop", "start"]).cookie).toBeUndefined();
    });

    it("names it ourselves unless somebody has said how it is to be called", async () => {
      const mine = /^elixirscope_run_/;
      expect(plan(start).node).toMatch(mine);
      expect(plan(start).env.RELEASE_DISTRIBUTION).toBe("none");
      expect(plan(start, { RELEASE_DISTRIBUTION: "none" }).node).toMatch(mine);
      const short = plan(start, { RELEASE_DISTRIBUTION: "sname" });
      expect(short.node).toBe(`shop@${hostname().split(".")[0]}`);
      expect(short.env).toMatchObject({ RELEASE_DISTRIBUTION: "sname" });
      expect(short.env.ERL_AFLAGS).not.toContain("name");
      const long = { RELEASE_DISTRIBUTION: "name", RELEASE_NODE: "till@10.0.0.5" };
      expect(plan(start, long).node).toBe("till@10.0.0.5");
      // Its own file has the last word, but not what is a comment there.
      await has(
        "1.2.0/env.sh",
        "# export RELEASE_NODE=other\nexport RELEASE_DISTRIBUTION=name\nexport RELEASE_NODE='a@b.c'\n",
      );
      expect(plan(start, long).node).toBe("a@b.c");
      await has("1.2.0/env.sh", "export RELEASE_DISTRIBUTION=name\nexport RELEASE_NODE=$(hostname -f)\n");
      expect(plan(start, long).node).toBe("till@10.0.0.5");
    });
  });
});

it.each([
  [["iex", "--name", "a@b.c"], "a@b.c"],
  [["erl", "-sname", "a@b"], "a@b"],
  [["erl", "-name", "a@b.c", "-sname", "d@e"], "d@e"],
  [["elixir", "--name=a@b.c", "x.exs"], "a@b.c"],
  [["iex", "--sname", "a"], `a@${hostname().split(".")[0]}`],
  [["iex", "-S", "mix"], undefined],
  [["iex", "--name"], undefined],
])("givenName(%j) is %s", (command, name) => {
  expect(givenName(command)).toBe(name);
});
