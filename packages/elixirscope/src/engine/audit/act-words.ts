import type { ControlInput, Input, MethodName, NodeStatus } from "../../protocol/index.ts";

// What the audit log tells of an act: names of functions, modules and processes, levels and numbers. What somebody wrote as
// an argument may be a secret, and is a term: it is left out.

const MOST_NAMES = 50;
const MOST_LETTERS = 200;

/** `MyApp.login(_, "secret") when …` is `MyApp.login(…)`; `{:via, Registry, {MyReg, "zoe"}}` loses its string. */
export function plainName(text: string): string {
  const [name = "", ...rest] = text.split("(");
  const plain = name.replaceAll(/"[^"]*"?|'[^']*'?/g, '"…"');
  const cut = plain.length > MOST_LETTERS ? `${plain.slice(0, MOST_LETTERS)}…` : plain;
  return rest.length === 0 ? cut : `${cut}(…)`;
}

function names(texts: readonly string[]): readonly string[] {
  const first = texts.slice(0, MOST_NAMES).map(plainName);
  return texts.length > MOST_NAMES ? [...first, `and ${texts.length - MOST_NAMES} more`] : first;
}

type Traced = ControlInput & {
  readonly level?: string | undefined;
  readonly patterns?: readonly string[] | undefined;
  readonly lines?: readonly string[] | undefined;
  readonly flows?: readonly string[] | undefined;
};

/** What is traced, without what is not said. */
export function tracingWords(traced: Traced): Readonly<Record<string, unknown>> {
  const { level, patterns, lines, flows, processes, apps, modules, under, except, sample, budget } = traced;
  const lists = { patterns, lines, flows, processes, apps, modules, under, except };
  const named = Object.entries(lists).flatMap(([key, texts]) => (texts?.length ? [[key, names(texts)]] : []));
  return {
    ...(level === undefined ? {} : { level }),
    ...Object.fromEntries(named),
    ...(sample && Object.keys(sample).length > 0 ? { sample } : {}),
    ...(budget && Object.keys(budget).length > 0 ? { budget } : {}),
  };
}

export const tracedOn = (node: NodeStatus): Readonly<Record<string, unknown>> =>
  tracingWords({
    level: node.level,
    patterns: node.patterns,
    lines: node.lines,
    flows: node.flows.patterns,
    ...node.control.scope,
    sample: node.control.sample,
    budget: node.control.budget,
  });

/** `a` will do for `a@127.0.0.1`. */
const isCalled = ({ name }: NodeStatus, wanted: string): boolean =>
  name === wanted || (!wanted.includes("@") && name.split("@")[0] === wanted);

export interface Act extends Readonly<Record<string, unknown>> {
  readonly act: string;
  readonly node: string;
}

/** What a question does on nodes beside looking, before it is done; nothing for nearly all of them. */
export function actsOf<M extends MethodName>(
  method: M,
  input: Input<M>,
  nodes: () => readonly NodeStatus[],
): readonly Act[] {
  const connected = (name: string | undefined): readonly NodeStatus[] =>
    nodes().filter((node) => node.state === "connected" && (name === undefined || isCalled(node, name)));
  switch (method) {
    case "attach": {
      const asked = input as Input<"attach">;
      const { host, port, tls, ssh } = asked.way ?? {};
      const way = {
        ...(host && { host }),
        ...(port && { port }),
        ...(tls && { tls: true }),
        ...(ssh && { ssh: ssh.destination }),
      };
      return [
        {
          act: "attach",
          node: asked.node,
          ...(Object.keys(way).length > 0 && { way }),
          ...tracingWords(asked),
        },
      ];
    }
    case "tracing": {
      const asked = input as Input<"tracing">;
      const after = tracingWords(asked);
      return connected(asked.node).map((node) => ({
        act: "tracing",
        node: node.name,
        before: tracedOn(node),
        after,
      }));
    }
    case "replay": {
      const { run = false, node } = input as Input<"replay">;
      const on = node === undefined ? connected(node).map(({ name }) => name) : [node];
      return on.map((name) => ({ act: "replay", node: name, runs: run }));
    }
    case "boundaries": {
      const { countMs: ms = 0, node } = input as Input<"boundaries">;
      return ms === 0 ? [] : connected(node).map(({ name }) => ({ act: "count_calls", node: name, ms }));
    }
    default:
      return [];
  }
}
