import { Argument, Command, Option } from "commander";
import { agentOptions } from "./agent-options.ts";
import type { AttachCommandOptions } from "./commands/attach.ts";
import type { CallsOptions } from "./commands/calls.ts";
import type { CrashesOptions, CrashOptions } from "./commands/crash.ts";
import type { EventsOptions } from "./commands/events.ts";
import type { ExecutionsOptions } from "./commands/executions.ts";
import type { FlowOptions } from "./commands/flow.ts";
import type { FlowsOptions } from "./commands/flows.ts";
import type { HistoryOptions } from "./commands/history.ts";
import type { InventoryOptions } from "./commands/inventory.ts";
import type { LevelCommandOptions } from "./commands/level.ts";
import type { LinesOptions } from "./commands/lines.ts";
import type { LiveCommandOptions } from "./commands/live.ts";
import type { OpenOptions } from "./commands/open.ts";
import type { PsOptions } from "./commands/ps.ts";
import type { RunOptions } from "./commands/run.ts";
import type { StatesOptions } from "./commands/states.ts";
import type { TraceOptions } from "./commands/trace.ts";
import type { TreeOptions } from "./commands/tree.ts";
import { controlOptions } from "./control-options.ts";
import { defineAudit } from "./define-audit.ts";
import { defineDemo } from "./define-demo.ts";
import { defineDiagnose } from "./define-diagnose.ts";
import { defineExport } from "./define-export.ts";
import { defineMcp } from "./define-mcp.ts";
import { definePhoenix } from "./define-phoenix.ts";
import { defineReach } from "./define-reach.ts";
import { defineRecord } from "./define-record.ts";
import { defineTests } from "./define-tests.ts";
import { defineTimeTravel } from "./define-time-travel.ts";
import { defineWork } from "./define-work.ts";
import { EXIT, usageError } from "./errors.ts";
import { filterOptions, onOption } from "./filter-options.ts";
import { EXAMPLES, EXIT_CODES_TEXT } from "./help-text.ts";
import { keepOptions } from "./keep-options.ts";
import {
  callCountOption,
  collect,
  countOption,
  crashCountOption,
  durationOption,
  instantOption,
  limitOption,
  portOption,
  stateCountOption,
} from "./option-parsers.ts";
import type { Context } from "./terminal.ts";
import { EXECUTION_SORTS, LEVEL_NAMES, OUTCOME_NAMES, SORT_NAMES } from "./vocabulary.ts";
import { wayOptions } from "./way-options.ts";

/** The whole command line. The commands themselves are loaded when one is called: `--help` is to be quick. */
export interface Program {
  readonly command: Command;
  /** Exit code of the command that ran. */
  readonly code: () => number;
}

/** @param completing without the command `completion`, which the completion library adds itself */
export function buildProgram(context: Context, version: string, completing: boolean): Program {
  let code: number = EXIT.ok;
  const done = async (running: Promise<number>): Promise<void> => {
    code = await running;
  };
  const root = new Command("elixirscope")
    .description(
      "The debugger for Elixir and Phoenix: attach to a running node, record what it does, look at it.",
    )
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => context.out.write(text),
      // Errors are printed by main, in one form for all of them.
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.min(110, context.out.columns),
      getOutHasColors: () => context.out.isTTY,
    })
    .exitOverride()
    .addHelpText("after", EXAMPLES.root ?? "")
    .allowExcessArguments();

  jsonOption(servingOptions(attachingOptions(root))).action(async (options: LiveCommandOptions) => {
    if (root.args.length > 0) throw unknownCommand(root.args[0] ?? "");
    if (options.profile === undefined) {
      const { choose } = await import("./commands/choose.ts");
      return done(choose(context, options));
    }
    const { runLive } = await import("./commands/live.ts");
    await done(runLive(context, undefined, options));
  });

  const define = (usage: string, summary: string): Command => {
    const command = root.command(usage).description(summary).allowExcessArguments(false);
    return command.addHelpText("after", EXAMPLES[command.name()] ?? "");
  };
  defineLive(define, context, done);
  defineMcp({ define, recording: (command) => keepOptions(attachingOptions(command)), done }, context);
  defineQuestions(define, context, done);
  defineRecord({ define, done }, context);
  defineReach({ define, attaching: attachingOptions, way: wayOptions, done }, context);
  defineAudit(define, done, context);
  defineExport({ define, done, version }, context);
  if (!completing) defineCompletion(define);
  defineHelp(root, define, context);
  return { command: root, code: () => code };
}

type Define = (usage: string, summary: string) => Command;
type Done = (running: Promise<number>) => Promise<void>;

/** Commands that stay: they attach or serve. */
function defineLive(define: Define, context: Context, done: Done): void {
  const attach = define("attach", "attach to a running node and serve the UI until Ctrl-C")
    .argument("[node]", "the node's full name, such as my_app@127.0.0.1, or a profile's name")
    .option(
      "--tidewave <url>",
      "a node that is not distributed: switch that on over its Tidewave, http://localhost:4000",
    )
    .option("-y, --yes", "with --tidewave: do not ask");
  jsonOption(forOption(servingOptions(attachingOptions(clusterOption(attach))))).action(
    async (node: string | undefined, options: AttachCommandOptions) => {
      const { attach: attachTo } = await import("./commands/attach.ts");
      await done(attachTo(context, node, options));
    },
  );

  const run = define("run", "run a command and watch its node from its boot on")
    .usage("[options] -- <command> [arguments...]")
    .argument("<command...>", "any command that starts Erlang: mix, iex, elixir, a release, a script")
    .passThroughOptions();
  jsonOption(servingOptions(levelOptions(run)), "print what it prints itself as JSON, to stderr")
    .option("--no-hold", "do not let the node wait in its boot until it is watched")
    .action(async (command: string[], options: RunOptions) => {
      const { run: runCommand } = await import("./commands/run.ts");
      await done(runCommand(context, command, options));
    });

  const record = define("record", "record a node into a file, without the UI").argument(
    "[node]",
    "the node's full name, or a profile's name",
  );
  keepOptions(jsonOption(forOption(attachingOptions(clusterOption(record)))))
    .requiredOption("-o, --out <file>", "the recording; a file that is not there yet, or clickhouse:NAME")
    .action(async (node: string | undefined, options: LiveCommandOptions) => {
      const { runLive } = await import("./commands/live.ts");
      await done(runLive(context, node, options));
    });

  const trace = define("trace", "print calls of functions as they happen, and end after some")
    .argument("<node>", "the node's full name")
    .argument("[patterns...]", "Mod.fun/arity, Mod.fun, Mod.* or 'Mod.fun(_, %{qty: q}) when q > 10'")
    .option("--lines <module>", "and each line that runs of Mod or Mod.* (can be repeated)", collect)
    .option("-n, --limit <n>", "end after so many calls (and lines)", countOption, 100)
    .addOption(
      new Option("--for <duration>", "end after this long").argParser(durationOption).default(60_000, "60s"),
    );
  jsonOption(redactOptions(cookieOptions(trace))).action(
    async (node: string, patterns: string[], options: TraceOptions) => {
      const { trace: print } = await import("./commands/trace.ts");
      await done(print(context, node, patterns, options));
    },
  );

  defineDemo({ define, done, serving: (command) => jsonOption(forOption(browserOptions(command))) }, context);
  jsonOption(
    browserOptions(
      define("open", "serve a recording in the UI until Ctrl-C").argument(
        "<file>",
        "a recording, a file or clickhouse:NAME",
      ),
    ),
  ).action(async (file: string, options: OpenOptions) => {
    const { openRecording } = await import("./commands/open.ts");
    await done(openRecording(context, file, options));
  });
}

/** Commands that ask: a running ElixirScope, a recording, or a node for a moment. */
function defineQuestions(define: Define, context: Context, done: Done): void {
  const ps = onOption(asking(define("ps", "list processes, as top would show them")));
  ps.addOption(new Option("--sort <by>", "what comes first").choices(SORT_NAMES).default("memory"))
    .option("-n, --limit <n>", "how many", countOption, 30)
    .option("--search <text>", "only those whose name, pid or initial call contains this")
    .option("--all", "also those that are gone")
    .action(async (node: string | undefined, options: PsOptions) => {
      const { ps: list } = await import("./commands/ps.ts");
      await done(list(context, node, options));
    });

  onOption(asking(define("tree", "print the supervision tree"))).action(
    async (node: string | undefined, options: TreeOptions) => {
      const { tree } = await import("./commands/tree.ts");
      await done(tree(context, node, options));
    },
  );

  const events = asking(define("events", "print events, those of the past or those to come"));
  forOption(
    filterOptions(events),
    "where it attaches or follows: end after this long (default where it attaches: 5s)",
  )
    .option(
      "--match <pattern>",
      "only with such a term, or part of one: '%{user_id: 42}', '{:count, n} when n > 5'",
    )
    .option("--text <text>", "only with this in the term as it prints, in any case")
    .option("-n, --limit <n>", "how many of the newest, or all (default 100; with --follow 10)", limitOption)
    .option("-f, --follow", "go on with what comes, until Ctrl-C or --for")
    .action(async (node: string | undefined, options: EventsOptions) => {
      const { events: print } = await import("./commands/events.ts");
      await done(print(context, node, options));
    });

  const calls = onOption(
    asking(define("calls", "list GenServer calls with their replies, the slowest first")),
  );
  forOption(calls, "where it attaches: for this long (default 5s)")
    .option("--process <name>", "only of this process, as caller or callee: name, pid or handle (p-12)")
    .option("--caller <name>", "only those of this caller")
    .option("--callee <name>", "only those of this callee")
    .option("--newest", "the newest first");
  ofTime(calls)
    .option("-n, --limit <n>", "how many, at most 2000", callCountOption, 30)
    .action(async (node: string | undefined, options: CallsOptions) => {
      const { calls: list } = await import("./commands/calls.ts");
      await done(list(context, node, options));
    });

  defineStates(define, context, done);
  defineFlows(define, context, done);
  const lines = define("lines", "print a module's source with how often its lines ran, and with what values")
    .argument("<module>", "the module: MyApp.Cart")
    .option("--node <node>", "where none is attached: attach to this one for the moment")
    .option("--recording <file>", "ask a recording instead");
  jsonOption(
    redactOptions(cookieOptions(forOption(lines, "where it attaches: for this long (default 5s)"))),
  ).action(async (module: string, options: LinesOptions) => {
    const { lines: print } = await import("./commands/lines.ts");
    await done(print(context, module, options));
  });

  const executions = onOption(
    asking(define("executions", "list calls of traced functions with how they ended")),
  );
  forOption(executions, "where it attaches: for this long (default 5s)")
    .option("--process <name>", "only of this process: name, pid or handle (p-12)")
    .option("--mfa <function>", "only of this function: Mod.fun/arity, Mod.fun or Mod.*")
    .addOption(new Option("--outcome <outcome>", "only those that ended so").choices(OUTCOME_NAMES))
    .addOption(new Option("--sort <by>", "what comes first").choices(EXECUTION_SORTS).default("newest"));
  ofTime(executions)
    .option("-n, --limit <n>", "how many, at most 2000", callCountOption, 30)
    .action(async (node: string | undefined, options: ExecutionsOptions) => {
      const { executions: list } = await import("./commands/executions.ts");
      await done(list(context, node, options));
    });

  defineObserver(define, context, done);
  const question = (usage: string, summary: string): Command =>
    forOption(asking(define(usage, summary)), "where it attaches: for this long (default 5s)");
  const attaching = (usage: string, summary: string, forText: string): Command =>
    jsonOption(
      forOption(
        attachingOptions(
          define(usage, summary).argument(
            "[node]",
            "where none is attached: attach to this one for the moment",
          ),
        ),
        forText,
      ),
    );
  definePhoenix({ define, asking: question, attaching, done }, context);
  defineTimeTravel({ define, asking: question, cookie: cookieOptions, done }, context);
  defineWork({ define, asking: question, done }, context);
  const askingWith = (command: Command): Command =>
    forOption(
      jsonOption(attachingOptions(command.option("--recording <file>", "ask a recording instead"))),
      "where it attaches: for this long (default 5s)",
    );
  defineDiagnose({ define, asking: question, askingWith, attaching, done }, context);
  defineTests({ define, done }, context);

  const level = define("level", "say what is traced, or change it while it runs").argument(
    "[node]",
    "which, where several are running",
  );
  level.option("--node <node>", "of several nodes only this one; default: all of them");
  jsonOption(controlOptions(tracingOptions(level))).action(
    async (node: string | undefined, options: LevelCommandOptions) => {
      const { level: change } = await import("./commands/level.ts");
      await done(change(context, node, options));
    },
  );

  jsonOption(
    define("detach", "take the running ElixirScope off its nodes; its recording stays open")
      .argument("[node]", "which, where several are running")
      .option("--node <node>", "of several nodes only this one"),
  ).action(async (node: string | undefined, options: { node?: string; json?: boolean }) => {
    const { detach } = await import("./commands/detach.ts");
    await done(detach(context, node, options));
  });
}

function defineFlows(define: Define, context: Context, done: Done): void {
  const flows = onOption(
    asking(define("flows", "list what requests, socket messages and --flow calls led to")),
  );
  forOption(flows, "where it attaches: for this long (default 5s)")
    .option("--entry <text>", "only those whose entry point contains this")
    .option("--process <name>", "only those that this process took part in: name, pid or handle (p-12)")
    .option("--failed", "only those in which a process crashed")
    .option("--error <text>", "only those whose reason to fail contains this")
    .option("--slower <duration>", "only those that took so long, or longer: 500ms", durationOption)
    .option("--slowest", "the slowest first")
    .option("-n, --limit <n>", "how many of the newest, at most 2000", callCountOption, 30)
    .action(async (node: string | undefined, options: FlowsOptions) => {
      const { flows: list } = await import("./commands/flows.ts");
      await done(list(context, node, options));
    });

  jsonOption(
    define("flow", "print one flow as a tree: who did what because of it")
      .argument("<flow>", "its id, such as f-12")
      .option("--recording <file>", "from this recording")
      .option("--mermaid", "print a Mermaid sequence diagram"),
  ).action(async (id: string, options: FlowOptions) => {
    const { flow } = await import("./commands/flow.ts");
    await done(flow(context, id, options));
  });
}

/** Ends of processes, and what there is beside them. */
function defineObserver(define: Define, context: Context, done: Done): void {
  const crashes = onOption(asking(define("crashes", "list processes that crashed, the newest first")));
  forOption(crashes, "where it attaches: watch for this long (default 5s)")
    .option("-n, --limit <n>", "how many, at most 1000", crashCountOption, 30)
    .action(async (node: string | undefined, options: CrashesOptions) => {
      const { crashes: list } = await import("./commands/crash.ts");
      await done(list(context, node, options));
    });

  const crash = define(
    "crash",
    "how a process ended: reason, last messages, state, log, supervisor",
  ).argument("<process>", "name, pid or handle (p-12)");
  jsonOption(crash)
    .option("--node <node>", "of the ElixirScope that is attached to this node, where several run")
    .option("--recording <file>", "ask a recording instead")
    .option(
      "-n, --messages <n>",
      "so many messages, received and sent each, at most 1000",
      crashCountOption,
      10,
    )
    .action(async (process: string, options: CrashOptions) => {
      const { crash: show } = await import("./commands/crash.ts");
      await done(show(context, process, options));
    });

  const history = attachingOptions(
    define("history", "memory, mailbox and work of a process over time, from its samples")
      .argument("<process>", "name, pid or handle (p-12)")
      .argument("[node]", "where none is attached: attach to this one for the moment")
      .option("--recording <file>", "ask a recording instead"),
  );
  forOption(jsonOption(history), "where it attaches: for this long (default 5s)")
    .option(
      "--from <moment>",
      "10s: after the start; -10s: before the end; or a time (ISO 8601)",
      instantOption,
    )
    .option("--to <moment>", "likewise", instantOption)
    .option("-n, --limit <n>", "as so many points; of neighbouring samples the highest", stateCountOption, 30)
    .action(async (process: string, node: string | undefined, options: HistoryOptions) => {
      const { history: print } = await import("./commands/history.ts");
      await done(print(context, process, node, options));
    });

  asking(define("inventory", "ETS tables, ports and applications at a glance"))
    .option("-n, --limit <n>", "how many of each", countOption, 10)
    .action(async (node: string | undefined, options: InventoryOptions) => {
      const { inventory } = await import("./commands/inventory.ts");
      await done(inventory(context, node, options));
    });
}

/** States of one process. */
function defineStates(define: Define, context: Context, done: Done): void {
  const states = attachingOptions(
    define("states", "print the states of a process, each with what led to it")
      .argument("<process>", "name, pid or handle (p-12)")
      .argument("[node]", "where none is attached: attach to this one for the moment")
      .option("--recording <file>", "ask a recording instead"),
  );
  forOption(
    onOption(jsonOption(states)),
    "where it attaches or follows: end after this long (default where it attaches: 5s)",
  )
    .option("--diff", "what changed, in place of the whole state")
    .option("-n, --limit <n>", "how many of the newest, at most 10000", stateCountOption, 20)
    .option("-f, --follow", "go on with what comes, until Ctrl-C or --for")
    .action(async (process: string, node: string | undefined, options: StatesOptions) => {
      const { states: print } = await import("./commands/states.ts");
      await done(print(context, process, node, options));
    });
}

/** Only for the help: where it is called, the library's command takes the place of this one. */
function defineCompletion(define: Define): void {
  define("completion", "print the completion script of a shell").addArgument(
    new Argument("<shell>", "which shell").choices(["bash", "zsh", "fish", "powershell"]),
  );
}

function defineHelp(root: Command, define: Define, context: Context): void {
  define("help", "print the help of a command, or about exit-codes")
    .argument("[topic]")
    .action((topic: string | undefined) => {
      if (topic === undefined) return root.outputHelp();
      if (topic === "exit-codes") return context.out.write(EXIT_CODES_TEXT);
      const command = root.commands.find((candidate) => candidate.name() === topic);
      if (!command) throw unknownCommand(topic);
      command.outputHelp();
    });
}

function unknownCommand(word: string): Error {
  const hint = word.includes("@")
    ? `To attach to that node: elixirscope attach ${word}`
    : "All commands: elixirscope --help";
  return usageError(`There is no command ${word}.`, hint);
}

const asking = (command: Command): Command =>
  jsonOption(
    attachingOptions(
      command
        .argument("[node]", "where none is attached: attach to this one for the moment")
        .option("--recording <file>", "ask a recording instead"),
    ),
  );

const levelOptions = (command: Command): Command =>
  redactOptions(agentOptions(controlOptions(tracingOptions(command))));

const tracingOptions = (command: Command): Command =>
  command
    .addOption(new Option("--level <level>", "how much is recorded (default: observe)").choices(LEVEL_NAMES))
    .option(
      "--trace <pattern>",
      "record calls of Mod.fun/arity, Mod.fun, Mod.* or 'Mod.fun(_, %{qty: q}) when q > 10' (can be repeated)",
      collect,
    )
    .option("--lines <module>", "record each line that runs of Mod or Mod.* (can be repeated)", collect)
    .option(
      "--flow <pattern>",
      "follow what each such call leads to, from process to process (can be repeated; default: requests and socket messages)",
      collect,
    );

const redactOptions = (command: Command): Command =>
  command
    .option("--redact <word>", "values of keys with this word are secret too (can be repeated)", collect)
    .option("--no-redact", "record secrets (passwords, tokens, cookies …) as they are");

const attachingOptions = (command: Command): Command => cookieOptions(levelOptions(command));

const cookieOptions = (command: Command): Command =>
  wayOptions(command)
    .option("--profile <name>", "what is not said here is as in this profile (elixirscope profiles)")
    .option(
      "--cookie-file <file>",
      "read the cookie from this file, - for stdin (else ELIXIRSCOPE_COOKIE, ~/.erlang.cookie)",
    )
    .option("--cookie <cookie>", "the cookie itself; other users of this machine can see it");

const browserOptions = (command: Command): Command =>
  command
    .option("--port <port>", "serve the UI on this port (default: a free one)", portOption)
    .option("--no-open", "do not open the browser");

const servingOptions = (command: Command): Command =>
  browserOptions(
    keepOptions(command).option(
      "-o, --out <file>",
      "keep the recording in this file, or in ClickHouse as clickhouse:NAME (default: it is discarded)",
    ),
  );

const clusterOption = (command: Command): Command =>
  command.option("--cluster", "also the nodes that it is connected to, now and whenever one comes");

const forOption = (command: Command, text = "end after this long: 500ms, 10s, 2m, 1h"): Command =>
  command.option("--for <duration>", text, durationOption);

/** Calls by when they were made and how long they took. */
const ofTime = (command: Command): Command =>
  command
    .option(
      "--from <moment>",
      "only those made since: 10s (after the start), -10s (before the end), ISO 8601",
      instantOption,
    )
    .option("--to <moment>", "likewise", instantOption)
    .option("--slower <duration>", "only those that took so long, or longer: 500ms", durationOption)
    .option("--faster <duration>", "only those that took so long at most", durationOption);

const jsonOption = (command: Command, text = "print JSON"): Command => command.option("--json", text);
