import { Atom, ErlangMap, Float, type Term } from "@elixirscope/etf";
import { holdsCut } from "../term-diff.ts";
import { Lines } from "./assertions.ts";
import { flat, scalar } from "./source-expression.ts";
import { TermWriter, Unwritable } from "./term-writer.ts";
import type { TestModule } from "./test-module.ts";
import { Names, Variables } from "./variables.ts";
import { endpointOf, headOfWeb, holdsSecret, moduleText, stringText, withoutOwn } from "./web-module.ts";

/** What a user did on a page, and which of its assigns changed until the next thing. */
export interface LiveViewScene {
  readonly event: number;
  readonly name: string;
  readonly params: Term | undefined;
  /** The component that it is for. */
  readonly cid: number | undefined;
  /** It ended the page: it raised, or led elsewhere. */
  readonly ends: boolean;
  readonly changes: readonly {
    readonly key: string;
    readonly before: Term | undefined;
    readonly after: Term | undefined;
  }[];
  /** Something was sent to the browser. */
  readonly pushed: boolean;
}

export interface RecordedLiveView {
  readonly view: string;
  /** As it was first called: `/?step=2`; `undefined`: not recorded. */
  readonly address: string | undefined;
  readonly endpoint: string | undefined;
  readonly scenes: readonly LiveViewScene[];
}

/** Scenes of one test. */
const LONGEST = 20;
const PARAMS = 40;
/** Longest address, and longest list of assigns, that stand in a call. */
const PATH = 40;
const KEYS = 50;

const HELPERS: readonly string[] = [
  `  defp assigns(view), do: :sys.get_state(view.pid).socket.assigns

  # The assigns once all of these have changed, or a second later.
  defp changed(view, before, keys, tries \\\\ 100) do
    now = assigns(view)

    if tries == 0 or Enum.all?(keys, &(now[&1] != before[&1])) do
      now
    else
      Process.sleep(10)
      changed(view, before, keys, tries - 1)
    end
  end`,
];

/** A page of `Phoenix.LiveViewTest` on which is done what was recorded. @throws Unwritable */
export function liveViewTest({ view, address, endpoint, scenes }: RecordedLiveView): TestModule {
  if (address === undefined)
    throw new Unwritable(
      "At which address it was is not recorded: a view without handle_params is not in the router, or came by navigation.",
    );
  const ended = scenes.findIndex(({ ends }) => ends);
  const played = scenes.slice(0, Math.min(ended < 0 ? scenes.length : ended, LONGEST));
  const [first] = played;
  if (!first) throw new Unwritable("Nothing that its user did, and that it outlived, is in the record.");
  const body = new Lines(new Names());
  const path = body.short("path", scalar(stringText(address)), PATH);
  body.add(`{:ok, view, _html} = live(build_conn(), ${path})`);
  for (const [i, scene] of played.entries()) play(scene, i === 0, body);
  return {
    name: `${moduleText(view)}.RecordedTest`,
    comments: [],
    head: headOfWeb(endpoint ?? endpointOf(view), ["Phoenix.ConnTest", "Phoenix.LiveViewTest"]),
    tests: [
      {
        group: address.split("?")[0]!,
        name: title(played),
        events: played.map(({ event }) => event),
        comments: [
          "Numbers are compared with what they were before; other values with those that were recorded.",
        ],
        lines: body.lines,
      },
    ],
    helpers: played.some(({ changes }) => changes.length > 0)
      ? HELPERS
      : HELPERS.map((text) => text.split("\n")[0]!),
  };
}

function title(scenes: readonly LiveViewScene[]): string {
  const names = scenes.map(({ name }) => name).join(", ");
  const short = names.length > 40 ? `${names.slice(0, 39)}…` : names;
  const [first, last] = [scenes[0]!.event, scenes.at(-1)!.event];
  return `${short} (${first === last ? `event ${first}` : `events ${first} to ${last}`})`;
}

function play(scene: LiveViewScene, isFirst: boolean, body: Lines): void {
  const { name, changes, pushed } = scene;
  if (!isFirst) body.add("");
  body.add("before = assigns(view)");
  body.add("html = render(view)");
  if (scene.cid !== undefined)
    body.add(`target = with_target(view, ~s([data-phx-component="${scene.cid}"]))`);
  const target = scene.cid === undefined ? "view" : "target";
  body.add(`render_click(${target}, ${stringText(name)}, ${paramsText(scene, body)})`);
  if (changes.length === 0) body.add("assert assigns(view) == before");
  else {
    const keys = {
      type: "sequence",
      open: "[",
      close: "]",
      items: changes.map(({ key }) => scalar(moduleText(key))),
    } as const;
    body.add(`now = changed(view, before, ${body.short("keys", keys, KEYS)})`);
    for (const change of changes) body.add(assertion(change));
  }
  if (pushed && changes.length > 0) body.add("assert render(view) != html");
  else if (!pushed && changes.length === 0) body.add("assert render(view) == html");
  else body.lines.splice(body.lines.lastIndexOf("html = render(view)"), 1);
}

function paramsText({ params }: LiveViewScene, body: Lines): string {
  const given = params instanceof ErlangMap ? withoutOwn(params) : new ErlangMap([]);
  if (holdsCut(given)) throw new Unwritable("A part of an event's parameters was too large to be recorded.");
  if (holdsSecret(given))
    throw new Unwritable("An event's parameters have secrets, which are overwritten in a recording.");
  const writer = new TermWriter(new Variables(new Names(), () => undefined), 0n);
  const expression = writer.given(given);
  return flat(expression).length <= PARAMS ? flat(expression) : body.short("params", expression, 0);
}

/** What would be the same in a test, which begins with other numbers. */
function assertion({ key, before, after }: LiveViewScene["changes"][number]): string {
  const name = `now${/^[a-z_]\w*[?!]?$/.test(key) ? `.${key}` : `[${moduleText(key)}]`}`;
  const was = name.replace(/^now/, "before");
  if (typeof before === "number" && typeof after === "number")
    return `assert ${name} - ${was} == ${after - before}`;
  if (after instanceof Atom || after instanceof Float) {
    const writer = new TermWriter(new Variables(new Names(), () => undefined), 0n);
    return `assert ${name} == ${flat(writer.given(after))}`;
  }
  return `assert ${name} != ${was}`;
}
