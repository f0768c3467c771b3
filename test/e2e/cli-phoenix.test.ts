// Commands about Phoenix as people have them, on recordings of real Phoenix (test/recordings), and what they refuse.
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { CliWorld, type Finished, jsonLines } from "./support/cli-process.ts";

let node: ErlangNode;
let world: CliWorld;

const packed = (name: string): Buffer =>
  gunzipSync(readFileSync(fileURLToPath(new URL(`../recordings/${name}.esrec.gz`, import.meta.url))));

beforeAll(async () => {
  // With nothing of Phoenix in it.
  node = await startErlangNode();
  world = await CliWorld.create({ cookie: node.cookie, epmdPort: node.epmdPort });
  await writeFile(world.path("counter.esrec"), packed("phoenix-1.8"));
  await writeFile(world.path("pages.esrec"), packed("phoenix-1.8-pages"));
});
afterAll(async () => {
  await node.stop();
  await world.remove();
});

const asked = (recording: string, ...args: readonly string[]): Promise<Finished> =>
  world.run(...args, "--recording", `${recording}.esrec`);

interface Row {
  readonly id: number | string;
  readonly path?: string;
  readonly status?: number;
  readonly durationNs?: number;
  readonly topic?: string;
  readonly verdict?: string;
  readonly views?: readonly string[];
}
const rowsOf = async (recording: string, ...args: readonly string[]): Promise<readonly Row[]> => {
  const { code, stdout } = await asked(recording, ...args, "--json");
  expect(code).toBe(0);
  return jsonLines<Row>(stdout);
};

describe("requests and request", () => {
  it("list requests with status, handler and what was raised", async () => {
    const { code, stdout, stderr } = await asked("counter", "requests");
    expect(code).toBe(0);
    expect(stdout).toMatch(/401 +\S+ \S+ +POST \/login +HelloWeb\.SessionController\.create/);
    expect(stdout).toContain("RuntimeError");
    expect(stderr).toMatch(/\d+ requests/);
  });

  it("choose by path, failure, time and number", async () => {
    const failed = await rowsOf("counter", "requests", "--failed");
    expect(failed.every(({ status }) => status! >= 400)).toBe(true);
    expect(failed.map(({ path }) => path)).toContain("/broken");
    const slowest = await rowsOf("counter", "requests", "--slowest", "--limit", "2");
    expect(slowest).toHaveLength(2);
    expect(slowest[0]!.durationNs).toBeGreaterThanOrEqual(slowest[1]!.durationNs!);
    expect(await rowsOf("counter", "requests", "--path", "/api/")).toMatchObject([{ path: "/api/count" }]);
  });

  it("show one with its plugs, what each changed, who halted and who raised", async () => {
    const rows = (await rowsOf("pages", "requests", "--path", "/api/locked")).toReversed();
    const shown = async (id: number | string): Promise<string> =>
      (await asked("pages", "request", String(id))).stdout;
    expect(await shown(rows[0]!.id)).toMatch(/HelloWeb\.RequireKey {2}sent the answer {2}halted\n/);
    const passed = await shown(rows[1]!.id);
    expect(passed).toMatch(/^GET \/api\/locked\/7\?key=open-sesame {2}200 {2}/);
    expect(passed).toMatch(/HelloWeb\.RequireKey\n +assigns\.trusted: → true\n/);
    expect(passed).toContain('params: not fetched → %{"key" => "open-sesame"}');
    expect(await shown(rows[2]!.id)).toMatch(
      /HelloWeb\.RequireKey {2}raised\n.*the key broke off in the lock/s,
    );
  });

  it("answer in JSON", async () => {
    const [row] = await rowsOf("pages", "requests", "--path", "/broken/view");
    const { stdout } = await asked("pages", "request", String(row!.id), "--json");
    const answer = JSON.parse(stdout) as { plugs: boolean; steps: { type: string; failed: boolean }[] };
    expect(answer.plugs).toBe(true);
    expect(answer.steps.filter(({ failed }) => failed).map(({ type }) => type)).toEqual(["action", "render"]);
  });

  it("say where a recording has no plugs", async () => {
    const [row] = await rowsOf("counter", "requests", "--path", "/room");
    const { code, stdout, stderr } = await asked("counter", "request", String(row!.id));
    expect(code).toBe(0);
    expect(stdout).toContain("render HelloWeb.RoomHTML show");
    expect(stderr).toContain("No plugs in the record");
  });

  it("refuse what is no request", async () => {
    const { code, stderr } = await asked("counter", "request", "1");
    expect(code).toBe(3);
    expect(stderr).toContain("There is no request with the event 1");
    expect((await asked("counter", "request", "one")).code).toBe(2);
    expect((await asked("counter", "requests", "--path", "/none/such")).code).toBe(3);
  });
});

describe("liveviews and liveview", () => {
  it("list pages with the views that their user went through", async () => {
    const { code, stdout } = await asked("pages", "liveviews", "--search", "NotesLive");
    expect(code).toBe(0);
    expect(stdout).toContain("HelloWeb.CounterLive → HelloWeb.NotesLive → HelloWeb.CounterLive");
  });

  it("show one with its steps, what was sent, and the tree of its components", async () => {
    const [row] = await rowsOf("pages", "liveviews", "--search", "NotesLive");
    const { code, stdout } = await asked("pages", "liveview", String(row!.id));
    expect(code).toBe(0);
    expect(stdout).toMatch(/component event \d+ +HelloWeb\.StarComponent star/);
    expect(stdout).toMatch(/push +1 part, \d+ B/);
    expect(stdout).toMatch(/end +navigates to \//);
    expect(stdout).toMatch(
      / {2}\d+ HelloWeb\.NoteComponent "note-1".*\n {4}\d+ HelloWeb\.StarComponent "star-1".*\n +lit: false → true\n/,
    );
    expect((await asked("pages", "liveviews", "--show", String(row!.id))).stdout).toBe(stdout);
  });

  it("refuse what is none", async () => {
    const { code, stderr } = await asked("pages", "liveview", "phx-nothing");
    expect(code).toBe(3);
    expect(stderr).toContain("There is no LiveView");
    expect((await asked("pages", "liveviews", "--search", "NoneLive")).code).toBe(3);
  });
});

describe("channels, topics and broadcasts", () => {
  it("list channels with refused joins", async () => {
    const { code, stdout } = await asked("counter", "channels");
    expect(code).toBe(0);
    expect(stdout).toMatch(/room:secret +HelloWeb\.RoomChannel +\S+ +refused/);
    expect(stdout).toMatch(/room:lobby +HelloWeb\.RoomChannel +\S+ +left/);
    expect((await rowsOf("counter", "channels", "--search", "lobby")).map(({ topic }) => topic)).toEqual([
      "room:lobby",
    ]);
  });

  it("list topics with their subscribers", async () => {
    const { code, stdout } = await asked("counter", "topics", "--search", "phx_presence");
    expect(code).toBe(0);
    expect(stdout).toContain("HelloWeb.Presence_shard0");
    expect((await asked("counter", "topics", "--search", "no such topic")).code).toBe(3);
  });

  it("name the broadcast that nobody heard, with the topic that was meant", async () => {
    const { code, stdout } = await asked("counter", "broadcasts", "--unheard", "--topic", "counter:udpates");
    expect(code).toBe(0);
    expect(stdout).toContain("broadcast on counter:udpates reached nobody; counter:updates has 1 subscriber");
    const heard = await rowsOf("counter", "broadcasts", "--topic", "counter:updates");
    expect(heard.map(({ verdict }) => verdict)).toEqual([
      "broadcast on counter:updates reached 1 process",
      "broadcast on counter:updates reached 1 process",
    ]);
    expect((await asked("counter", "broadcasts", "--unheard", "--topic", "counter:updates")).code).toBe(3);
  });
});

describe("what they are asked of", () => {
  it.each(["requests", "liveviews", "channels", "topics", "broadcasts"])(
    "%s finds nothing on a node without Phoenix",
    async (command) => {
      const { code, stdout } = await world.run(command, node.name, "--for", "100ms");
      expect([code, stdout]).toEqual([3, ""]);
    },
  );

  it.each([
    ["request", "17"],
    ["liveview", "phx-1"],
  ])("%s needs an ElixirScope that runs, or a recording", async (command, id) => {
    const { code, stderr } = await world.run(command, id);
    expect(code).toBe(3);
    expect(stderr).toContain("elixirscope attach");
  });

  it("no recording that is not there", async () => {
    expect((await world.run("requests", "--recording", "none.esrec")).code).toBe(3);
  });
});
