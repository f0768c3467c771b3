import { inspect } from "@elixirscope/etf";
import type { WrittenTest } from "./recorded-step.ts";

/** A module of tests to be written down. */
export interface TestModule {
  /** `Hello.Counter.RecordedTest` */
  readonly name: string;
  readonly comments: readonly string[];
  /** Lines behind `use ExUnit.Case`, such as imports. */
  readonly head: readonly string[];
  readonly tests: readonly WrittenTest[];
  readonly helpers: readonly string[];
}

/** Characters of a comment's line. */
const COMMENT = 96;

const STAND_IN = `
  # Takes the place of another process: answers what it is asked as was recorded, in that order, and
  # tells the test what it was sent. A process that has its name gets it back after the test.
  defp stand_in(name, answers) do
    test = self()
    holder = name && Process.whereis(name)
    if holder, do: Process.unregister(name)
    pid = spawn_link(fn -> stand_in(test, name || self(), answers, holder) end)
    if name, do: Process.register(pid, name)

    on_exit(fn ->
      monitor = Process.monitor(pid)
      Process.exit(pid, :kill)
      assert_receive {:DOWN, ^monitor, :process, ^pid, _}, 5_000
      if holder && Process.alive?(holder), do: Process.register(holder, name)
    end)

    pid
  end

  defp stand_in(test, as, answers, holder) do
    receive do
      {:"$gen_call", from, question} = message ->
        case {answers, holder} do
          {[answer | rest], _} ->
            send(test, {as, message})
            GenServer.reply(from, answer)
            stand_in(test, as, rest, holder)

          {[], nil} ->
            exit({:not_asked_when_recorded, question})

          {[], _} ->
            send(holder, message)
            stand_in(test, as, answers, holder)
        end

      message ->
        send(test, {as, message})
        stand_in(test, as, answers, holder)
    end
  end`;

/** The source of a file of tests, laid out as `mix format` leaves it. */
export function testFile(comments: readonly string[], modules: readonly TestModule[]): string {
  const head = comments.flatMap((text) => commentLines(text, 0)).join("\n");
  return `${[head, ...modules.map(moduleSource)].filter((part) => part !== "").join("\n\n")}\n`;
}

function moduleSource({ name, comments, head, tests, helpers }: TestModule): string {
  const groups = new Map<string, WrittenTest[]>();
  for (const test of tests) groups.set(test.group, [...(groups.get(test.group) ?? []), test]);
  const described = [...groups].map(([group, list]) =>
    [`  describe ${inspectText(group)} do`, list.map(testSource).join("\n\n"), "  end"].join("\n"),
  );
  const usesStandIn = tests.some(({ lines }) => lines.some((line) => line.includes("stand_in(")));
  return [
    `defmodule ${name} do`,
    ...comments.flatMap((text) => commentLines(text, 2)),
    `  use ExUnit.Case, async: ${usesStandIn || head.length > 0 ? "false" : "true"}`,
    ...head.map((line) => (line === "" ? "" : `  ${line}`)),
    "",
    described.join("\n\n"),
    ...(usesStandIn ? [STAND_IN] : []),
    ...helpers.map((helper) => `\n${helper}`),
    "end",
  ].join("\n");
}

const testSource = ({ name, comments, lines }: WrittenTest): string =>
  [
    ...comments.flatMap((text) => commentLines(text, 4)),
    `    test ${inspectText(name)} do`,
    ...spaced(lines).map((line) => (line === "" ? "" : `      ${line}`)),
    "    end",
  ].join("\n");

/** What takes several lines has an empty one before and behind it. */
const spaced = (lines: readonly string[]): readonly string[] =>
  lines.flatMap((line, i) => {
    const before = lines[i - 1] ?? "";
    return line !== "" && before !== "" && `${before}${line}`.includes("\n") ? ["", line] : [line];
  });

const inspectText = (text: string): string => inspect(new TextEncoder().encode(text));

/** Words in lines, each behind `#`. */
function commentLines(text: string, indent: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= COMMENT - indent)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`# ${word}`);
  }
  return lines.map((line) => `${" ".repeat(indent)}${line}`);
}
