import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GenerateTestsAnswer, GenerateTestsInput } from "../protocol/index.ts";
import { type OpenRecording, openRecording } from "./testing-recording.ts";

// Tests for Phoenix, made of what it did in a real browser: test/recordings/README.md. That they run on it is tried by hand.

let recording: OpenRecording;

beforeAll(async () => {
  recording = await openRecording("phoenix-1.8");
});
afterAll(() => recording.close());

const generate = (input: GenerateTestsInput): Promise<GenerateTestsAnswer> =>
  recording.engine.call("generateTests", input);

async function ofRequest(method: string, path: string): Promise<GenerateTestsAnswer> {
  const { rows } = await recording.engine.call("requests", {});
  return generate({ request: rows.find((row) => row.method === method && row.path === path)!.id });
}

describe("tests of a Phoenix application", () => {
  it("ask for what was asked for, and look at what came", async () => {
    const { source, path, tests } = await ofRequest("GET", "/api/count");
    expect(path).toBe("test/hello_web/count_controller_recorded_test.exs");
    expect(tests).toMatchObject([{ module: "HelloWeb.CountController.RecordedTest" }]);
    expect(source).toContain(`  import Phoenix.ConnTest

  @endpoint HelloWeb.Endpoint
`);
    expect(source).toContain(`      conn = get(build_conn(), "/api/count")
      assert conn.status == 200
      assert Phoenix.Controller.controller_module(conn) == HelloWeb.CountController
      assert Phoenix.Controller.action_name(conn) == :show
      assert Phoenix.Controller.get_format(conn) == "json"
    end`);
    const broken = await ofRequest("GET", "/broken");
    expect(broken.source).toContain('assert_error_sent 500, fn -> get(build_conn(), "/broken") end');
  });

  it("are not made where secrets were overwritten, or nobody served", async () => {
    const login = await ofRequest("POST", "/login");
    expect(login).toMatchObject({ source: "", tests: [] });
    expect(login.left[0]!.why).toContain("secrets");
    await expect(generate({ request: 999_999_999 })).rejects.toMatchObject({ code: "QUERY_NO_SUCH_REQUEST" });
  });

  it("do on a page what its user did, and look at its assigns", async () => {
    const { rows } = await recording.engine.call("liveViews", {});
    const page = rows.find(({ crashes }) => crashes > 0)!;
    const { source, tests } = await generate({ liveView: page.id });
    expect(tests).toMatchObject([{ module: "HelloWeb.CounterLive.RecordedTest" }]);
    expect(source).toContain(`      {:ok, view, _html} = live(build_conn(), "/")
      before = assigns(view)
      html = render(view)
      render_click(view, "increment", %{"value" => ""})
      now = changed(view, before, [:count])
      assert now.count - before.count == 1
      assert render(view) != html
`);
    expect(source).toContain('target = with_target(view, ~s([data-phx-component="1"]))');
    // The click that crashed it is none of them.
    expect(source).not.toContain("crash");
  });

  it("hear what a server broadcasts", async () => {
    const { source } = await generate({ process: "Hello.Counters.Worker" });
    expect(source).toContain('Phoenix.PubSub.subscribe(Hello.PubSub, "counter:updates")');
    expect(source).toMatch(/assert_receive \{:count, \d+\}/);
  });

  it("of a flow are those of its processes, but for libraries", async () => {
    const { rows } = await recording.engine.call("flows", { entry: "increment", limit: 1 });
    const { tests } = await generate({ flow: rows[0]!.id });
    const modules = tests.map(({ module }) => module);
    expect(modules).toContain("Hello.Counters.Worker.RecordedTest");
    expect(modules.filter((name) => !name.startsWith("Hello"))).toEqual([]);
  });
});
