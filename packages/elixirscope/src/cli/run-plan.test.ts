import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { givenName, planRun } from "./run-plan.ts";

const plan = (command: readonly string[], env: NodeJS.ProcessEnv = {}, holdMs = 5_000) =>
  planRun({ command, env, holdMs });

describe("planRun", () => {
  it("names the node, keeps it on loopback and holds its boot, all by environment", () => {
    const { node, env, held } = plan(["mix", "phx.server"], { PATH: "/bin" });
    expect(node).toMatch(/^elixirscope_run_[0-9a-f]{8}@127\.0\.0\.1$/);
    expect(env).toEqual({
      PATH: "/bin",
      RELEASE_DISTRIBUTION: "none",
      ERL_AFLAGS:
        `-name ${node} -kernel inet_dist_use_interface {127,0,0,1} ` +
        "-kernel sync_nodes_optional [elixirscope_attach] -kernel sync_nodes_timeout 5000",
    });
    expect(held).toEqual({
      awaited: "elixirscope_attach",
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
    const { node, env, cookie } = plan(["iex", "--name", "shop@10.0.0.5", "--cookie", "abc", "-S", "mix"]);
    expect(node).toBe("shop@10.0.0.5");
    expect(cookie).toBe("abc");
    expect(env.ERL_AFLAGS).toBe(
      "-kernel sync_nodes_optional [elixirscope_attach] -kernel sync_nodes_timeout 5000",
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

  it("finds the cookie of a release", async () => {
    const root = await mkdtemp(join(tmpdir(), "elixirscope-test-"));
    try {
      await mkdir(join(root, "bin"));
      await mkdir(join(root, "releases"));
      await writeFile(join(root, "releases", "COOKIE"), "SECRET\n");
      const start = [join(root, "bin", "shop"), "start"];
      expect(plan(start).cookie).toBe("SECRET");
      expect(plan(start, { RELEASE_COOKIE: "OTHER" }).cookie).toBe("OTHER");
      expect(plan(["shop", "start"]).cookie).toBeUndefined();
    } finally {
      await rm(root, { recursive: true });
    }
  });
});

it.each([
  [["iex", "--name", "a@b.c"], "a@b.c"],
  [["erl", "-sname", "a@b"], "a@b"],
  [["elixir", "--name=a@b.c", "x.exs"], "a@b.c"],
  [["iex", "--sname", "a"], `a@${hostname().split(".")[0]}`],
  [["iex", "-S", "mix"], undefined],
  [["iex", "--name"], undefined],
])("givenName(%j) is %s", (command, name) => {
  expect(givenName(command)).toBe(name);
});
