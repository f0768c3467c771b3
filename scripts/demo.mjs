// npm run demo: the example application, recorded live, from a fresh clone.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseDuration, parseOptions, parseWhole } from "./lib/args.mjs";
import { checkRecording, openRecording, recordingNames } from "./lib/demo-recording.mjs";
import { ensureBuild, ensureDependencies, ensureElixir } from "./lib/ensure.mjs";
import { startGuarded } from "./lib/guarded.mjs";
import { compileHello, startHello } from "./lib/hello-node.mjs";
import { ROOT } from "./lib/run.mjs";
import { EXIT, main, ScriptError, say, step } from "./lib/say.mjs";
import { requireNode } from "./lib/versions.mjs";

requireNode();

const USAGE = `npm run demo [-- OPTIONS]

Starts examples/hello_otp on this machine, attaches ElixirScope to it, and keeps it live until Ctrl-C.
With --recording it shows instead what examples/hello_phoenix did on real Phoenix; nothing is installed for that.

  --recording      show a recording of real Phoenix
  --which NAME     which of them (default phoenix-1.8; test/recordings/README.md tells what is in each)

  --for DURATION   end by itself after 5s, 2m, …
  --json           print the summary as one line of JSON, alone on standard output
  --load N         turns per second of the example's visitors (default 50)
  --bug            start with the example's bug: a counter that never updates
  --level LEVEL    what is recorded: observe, messages or calls (default messages)
  --port N         port of the UI (default: a free one)
  --no-open        do not open a browser

Exit codes: 0 done, 1 something failed, 2 wrong usage, 3 something must be installed first.`;

const OPTIONS = {
  recording: { type: "boolean", default: false },
  which: { type: "string", default: "phoenix-1.8" },
  for: { type: "string" },
  json: { type: "boolean", default: false },
  load: { type: "string", default: "50" },
  bug: { type: "boolean", default: false },
  level: { type: "string", default: "messages" },
  port: { type: "string" },
  "no-open": { type: "boolean", default: false },
};

const CLI = join(ROOT, "packages/elixirscope/dist/cli/main.js");
function banner(url, node, bug) {
  const hint = bug
    ? "The counter of this shop never updates. Why? Follow a click from Hello.Worker to see."
    : "Try: Hello.Worker (a click on its way), Hello.Slow (a mailbox), Hello.Flaky (crashes and comes back).";
  say(`
  ElixirScope is watching ${node}

    ${url}

  ${hint}
  The process tree, the events as they come, and the page of every process are there.
  Ctrl-C ends everything: the recording, the example, and what was started for it.
`);
}

function attachArguments(node, options) {
  const args = [CLI, "attach", node, "--level", options.level];
  if (options.for !== undefined) args.push("--for", `${parseDuration(options.for)}ms`);
  if (options.port !== undefined) args.push("--port", String(parseWhole(options.port, "--port", 0, 65_535)));
  // Its output as JSON: the address of the UI first, the summary last.
  args.push("--json");
  // Nobody sits before a pipe, and nobody wants a browser for five seconds.
  if (options["no-open"] || options.json || options.for !== undefined || !process.stdout.isTTY)
    args.push("--no-open");
  return args;
}

function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const parseLoad = (options) => parseWhole(options.load, "--load", 0, 100_000);

/** Attaches the CLI to the example: its process, and what its lines said. */
function attach(hello, args, options) {
  const env = {
    ELIXIRSCOPE_COOKIE: hello.cookie,
    ERL_EPMD_PORT: String(hello.epmdPort),
    ERL_EPMD_ADDRESS: "127.0.0.1",
  };
  const said = { summary: undefined };
  const onLine = (line) => {
    const value = parsed(line);
    if (typeof value?.url === "string" && !options.json) banner(value.url, hello.name, options.bug);
    if (typeof value?.events === "number") said.summary = value;
  };
  return { cli: startGuarded(process.execPath, args, { env, onLine }), said };
}

function tell({ events, dropped, gaps, processes, seconds }) {
  const lost = dropped === 0 ? "none lost" : `${dropped} dropped and counted, in ${gaps} gaps`;
  say(`  ${events} events of ${processes} processes in ${Number(seconds).toFixed(1)} s, ${lost}.`);
}

async function record(options, onInterrupt) {
  const hello = await step("starting the example", () =>
    startHello({ load: parseLoad(options), bug: options.bug }),
  );
  const { cli, said } = attach(hello, attachArguments(hello.name, options), options);
  const interrupted = onInterrupt(async () => {
    say("\n  ending …");
    await cli.stop("SIGINT");
  });
  try {
    const gone = hello.ended.then(() => "gone");
    const first = await Promise.race([cli.ended, gone]);
    if (first === "gone") {
      await cli.stop("SIGINT");
      throw new ScriptError(`the example ended by itself:\n${hello.tail()}`);
    }
    if (first !== 0 && !interrupted())
      throw new ScriptError(`ElixirScope failed (exit code ${first}):\n${cli.tail()}`);
    if (!said.summary) throw new ScriptError(`ElixirScope ended without a summary:\n${cli.tail()}`);
    const { events, dropped, gaps, processes, seconds } = said.summary;
    if (options.json)
      process.stdout.write(`${JSON.stringify({ events, dropped, gaps, processes, seconds })}\n`);
    else tell(said.summary);
  } finally {
    await cli.stop();
    await hello.stop();
  }
}

/** Serves it until Ctrl-C, or for as long as was asked. */
async function show(options, onInterrupt) {
  const name = checkRecording(options.which);
  const opened = openRecording(CLI, name, {
    port: options.port,
    open: !options["no-open"] && options.for === undefined && process.stdout.isTTY,
    onUrl: (url) =>
      say(`
  ${name}: examples/hello_phoenix on real Phoenix, clicked in a real browser.

    ${url}

  The same in the terminal: elixirscope requests, liveviews, broadcasts --unheard …, each with --recording FILE.
  Others, with --which: ${recordingNames().join(", ")}.
  Ctrl-C ends.
`),
  });
  const interrupted = onInterrupt(() => opened.stop("SIGINT"));
  const over = new AbortController();
  const waited =
    options.for === undefined
      ? opened.ended
      : Promise.race([opened.ended, delay(parseDuration(options.for), undefined, { signal: over.signal })]);
  const code = await waited;
  over.abort();
  if (code === undefined) await opened.stop("SIGINT");
  else if (code !== 0 && !interrupted())
    throw new ScriptError(`ElixirScope failed (exit code ${code}):\n${opened.tail()}`);
}

await main(async (argv) => {
  const options = parseOptions(argv, OPTIONS, USAGE);
  if (options.recording) checkRecording(options.which);
  // Wrong arguments are told before anything is installed.
  attachArguments("", options);
  parseLoad(options);
  let end;
  let stopped = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      if (!end || stopped) process.exit(EXIT.interrupted);
      stopped = true;
      void end();
    });
  }
  const onInterrupt = (action) => {
    end = action;
    return () => stopped;
  };
  await ensureDependencies();
  if (!options.recording) await ensureElixir();
  await ensureBuild(["packages/elixirscope", "web"]);
  if (!existsSync(CLI)) throw new ScriptError(`${CLI} is not there: the build did not make it.`);
  if (options.recording) {
    await show(options, onInterrupt);
    return 0;
  }
  await step("compiling the example", compileHello);
  await record(options, onInterrupt);
  return 0;
});
