/** `elixirscope help exit-codes`; the same table is in docs/cli.md. */
export const EXIT_CODES_TEXT = `Exit codes

  0    done; Ctrl-C is the ordinary end of attach, record, open and events --follow without --for
  1    an error that has no number of its own
  2    wrong use: unknown command, bad option, bad pattern
  3    nothing found: no such node, no such file, nothing running, no process or event that matches
  4    refused: the cookie is wrong, another tool holds the node's tracer, somebody is attached already
  5    the connection to the node or to the running ElixirScope was lost
  129  ended by SIGHUP before it was done
  130  ended by Ctrl-C before it was done (with --for, or while it asked)
  141  the reader of its output went away (| head)
  143  ended by SIGTERM before it was done

run exits with the exit code of the command; 128 + N where signal N ended it; 127 where there is no such command,
126 where it cannot be started. replay: 0 the same, 1 something differs, 2 something could not be run.
`;

const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`;

/** Shown below the options of each command. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  root: examples(
    "elixirscope                                       choose a node, attach, open the UI",
    "elixirscope run -- mix phx.server                 start an application and watch it from its boot on",
    "elixirscope attach my_app@127.0.0.1               watch a running node",
    "elixirscope record my_app@127.0.0.1 --for 10s --out crash.esrec",
    "elixirscope open crash.esrec                     look at a recording",
    "elixirscope trace my_app@127.0.0.1 MyApp.Cart.add/2    calls of a function, as they happen",
    "elixirscope events --follow --kind exit           who dies, as it happens",
    "",
    "elixirscope help exit-codes                       what the exit codes mean",
  ),
  nodes: examples(
    "elixirscope nodes",
    "elixirscope nodes --ssh deploy@bastion",
    "elixirscope nodes --ssh deploy@bastion --host 10.0.0.5 --json",
  ),
  profiles: examples(
    "elixirscope profiles",
    "elixirscope profiles add prod my_app@10.0.0.5 --ssh deploy@bastion --cookie-file ~/.cookies/my_app --level messages",
    "elixirscope attach prod",
    "elixirscope profiles remove prod",
  ),
  demo: examples(
    "elixirscope demo",
    "elixirscope demo --bug",
    "elixirscope demo --recording",
    "elixirscope demo --for 5s --json",
  ),
  attach: examples(
    "elixirscope attach my_app@127.0.0.1",
    "elixirscope attach my_app@127.0.0.1 --level messages --out today.esrec",
    "elixirscope attach my_app@127.0.0.1 --trace 'MyApp.Cart.*' --trace MyApp.Repo.insert/2",
    "elixirscope attach my_app@10.0.0.5 --cookie-file ./cookie",
    "elixirscope attach my_app@127.0.0.1 --for 10s --json",
  ),
  run: examples(
    "elixirscope run -- mix phx.server",
    "elixirscope run --level messages -- iex -S mix",
    "elixirscope run --out boot.esrec -- _build/prod/rel/my_app/bin/my_app start",
    "elixirscope run -- mix test",
  ),
  diagnose: examples(
    "elixirscope diagnose --recording friday.esrec",
    "elixirscope diagnose my_app@127.0.0.1 --for 30s",
    "elixirscope diagnose --process 'MyApp.Orders.*' --from -1m --json",
  ),
  anomalies: examples(
    "elixirscope anomalies --recording friday.esrec",
    "elixirscope anomalies --process MyApp.Cart --from -10m",
  ),
  patterns: examples(
    "elixirscope patterns --recording friday.esrec",
    "elixirscope patterns --every 10s --json",
  ),
  ask: examples(
    'elixirscope ask "Why didn\'t the counter update when I clicked increment?"',
    "elixirscope ask 'Why is the checkout slow since 14:03?' --recording friday.esrec",
    "elixirscope ask 'Why do transfers hang?' --node bank@127.0.0.1 --for 30s",
    "elixirscope ask 'Who sends reading to the display?'",
    "elixirscope ask 'What happened at 14:03?' --recording friday.esrec",
  ),
  record: examples(
    "elixirscope record my_app@127.0.0.1 --for 10s --out load.esrec",
    "elixirscope record my_app@127.0.0.1 --level messages --out night.esrec      until Ctrl-C",
    "elixirscope record my_app@127.0.0.1 --out ring.esrec --keep-for 1h --keep-size 2GB",
  ),
  mcp: examples(
    "elixirscope mcp                                  of the ElixirScope that runs, or the node that start_tracing names",
    "elixirscope mcp my_app@127.0.0.1 --level state",
    "elixirscope mcp --recording crash.esrec",
  ),
  aggregate: examples(
    "elixirscope aggregate --recording load.esrec",
    "elixirscope aggregate --by mfa --every 1s --of duration:p95 --recording load.esrec",
    "elixirscope aggregate --of bytes --by process --kind send --from -30s",
    "elixirscope aggregate --of mailbox --by application --every 100ms --json",
  ),
  "message-flow": examples(
    "elixirscope message-flow --by application --recording load.esrec",
    "elixirscope message-flow --group 'MyApp.Workers.*' --group 'MyApp.Repo*' --by name --from -30s",
  ),
  hot: examples(
    "elixirscope hot --recording load.esrec",
    "elixirscope hot my_app@127.0.0.1 --trace 'MyApp.*' --for 10s",
    "elixirscope hot --process 'MyApp.Worker*' --from -30s --json",
  ),
  "call-graph": examples("elixirscope call-graph --mfa 'MyApp.Cart.add/2' --recording load.esrec"),
  slowest: examples(
    "elixirscope slowest --recording load.esrec --limit 10",
    "elixirscope slowest --in-flow f-12 --recording load.esrec",
  ),
  waits: examples(
    "elixirscope waits --recording load.esrec",
    "elixirscope waits --process 'MyApp.*' --from -30s",
  ),
  flame: examples(
    "elixirscope flame --process MyApp.Cart --recording load.esrec",
    "elixirscope flame --in-flow f-12 --recording load.esrec --format folded | flamegraph.pl > flow.svg",
    "elixirscope flame --recording load.esrec --format speedscope > load.speedscope.json",
  ),
  path: examples(
    "elixirscope path --in-flow f-12 --recording load.esrec",
    "elixirscope path --process MyApp.Cart --from 10s --to 11s --recording load.esrec",
    "elixirscope path --request 2854 --json",
  ),
  critical: examples("elixirscope critical f-12 --recording load.esrec"),
  "last-events": examples("elixirscope last-events MyApp.Cart --recording night.esrec --limit 50"),
  snapshot: examples(
    "elixirscope snapshot --at 10s --recording load.esrec",
    "elixirscope snapshot --at -2s --process Hello.Counter",
    "elixirscope snapshot --at 10s --tree --json",
  ),
  diff: examples(
    "elixirscope diff Hello.Counter --at 1s --and 5s --recording load.esrec",
    "elixirscope diff Hello.Counter --with Hello.OtherCounter --at -2s",
    "elixirscope diff --recording good.esrec --to bad.esrec",
  ),
  step: examples(
    "elixirscope step --from 1200 --recording load.esrec",
    "elixirscope step --process Hello.Counter --callback --backward -n 5",
  ),
  until: examples(
    "elixirscope until --process Hello.Counter --state 'state.count == 5'",
    "elixirscope until --process Hello.Counter --state 'count > limit' --backward",
    "elixirscope until --message '{:set, n} when n > 5' --from 1200",
  ),
  replay: examples(
    "elixirscope replay 1200                           look at what a callback may do; nothing runs",
    "elixirscope replay 1200 --recording yesterday.esrec --node my_app@127.0.0.1 --yes-run-it",
    "elixirscope replay --process Hello.Counter --from 1200 --to 1300 --chain --yes-run-it",
    "",
    "It runs for real, in a sandbox process of the node: caught are messages to processes that its state or message",
    "holds, and the answer to who called. Messages to names, tables, files, sockets and databases are the live ones.",
    "Exit code: 0 the same, 1 something differs, 2 something could not be run.",
  ),
  "generate-tests": examples(
    "elixirscope generate-tests --process Hello.Counter --out test/hello/counter_recorded_test.exs",
    "elixirscope generate-tests 1200 1260 --recording yesterday.esrec",
    "elixirscope generate-tests --in-flow f-12",
    "elixirscope generate-tests --liveview phx-F1a2b3 --recording yesterday.esrec",
  ),
  "why-changed": examples(
    "elixirscope why-changed Hello.Counter state.count",
    "elixirscope why-changed p-12 assigns.user --at -5s --recording load.esrec",
  ),
  export: examples(
    "elixirscope export --format ndjson --recording load.esrec --kind state > states.ndjson",
    "elixirscope export --format parquet --recording load.esrec --out load.parquet.d",
    "elixirscope export --format perfetto --recording load.esrec --out load.trace.json",
    "elixirscope export --format otlp --recording load.esrec --endpoint http://127.0.0.1:4318",
    "elixirscope export --format mermaid --recording load.esrec --flow f-12",
    "elixirscope export --format recording --recording load.esrec --out for-ada.esrec --hide ada@example.org",
    "",
    "Formats: docs/export.md",
  ),
  merge: examples("elixirscope merge shop.esrec stock.esrec --out both.esrec"),
  open: examples("elixirscope open load.esrec", "elixirscope open load.esrec --no-open --port 4040"),
  ps: examples(
    "elixirscope ps                                    of the ElixirScope that runs",
    "elixirscope ps my_app@127.0.0.1 --sort mailbox --limit 10",
    "elixirscope ps --recording load.esrec --all --search Worker",
  ),
  tree: examples("elixirscope tree my_app@127.0.0.1", "elixirscope tree --recording load.esrec --json"),
  events: examples(
    "elixirscope events --kind exit,spawn --limit 20",
    "elixirscope events --process Hello.Counter --follow",
    "elixirscope events my_app@127.0.0.1 --level messages --for 2s --json",
    "elixirscope events --recording load.esrec --from -10s --limit all --json",
    "elixirscope events --recording load.esrec --mfa 'MyApp.Cart.*'",
    "elixirscope events --match '%{user_id: 42}' --kind receive",
  ),
  queries: examples(
    "elixirscope queries --repeated                    n + 1: for which request, and from which line",
    "elixirscope queries --recording load.esrec --sort slowest",
  ),
  jobs: examples("elixirscope jobs --failed --recording load.esrec"),
  requests: examples(
    "elixirscope requests                              of the ElixirScope that runs",
    "elixirscope requests my_app@127.0.0.1 --for 10s   watch for ten seconds, then list",
    "elixirscope requests --recording load.esrec --slowest --limit 10",
    "elixirscope requests --failed --json",
  ),
  request: examples(
    "elixirscope request 2854                          of the ElixirScope that runs",
    "elixirscope request 2854 --recording load.esrec --json",
  ),
  liveviews: examples(
    "elixirscope liveviews --search CounterLive",
    "elixirscope liveviews --show phx-GOuTQvz6zHYClgCC",
  ),
  liveview: examples("elixirscope liveview phx-GOuTQvz6zHYClgCC --recording load.esrec"),
  channels: examples("elixirscope channels --search room:"),
  presence: examples("elixirscope presence --search room:", "elixirscope presence --present"),
  boundaries: examples(
    "elixirscope boundaries my_app@127.0.0.1",
    "elixirscope boundaries my_app@127.0.0.1 --for 5s --config boundaries.json",
    "elixirscope boundaries my_app@127.0.0.1 --fail-on-leak     in CI, while the application runs",
  ),
  topics: examples("elixirscope topics --search counter"),
  broadcasts: examples(
    "elixirscope broadcasts --unheard                  those that reached nobody, and what was probably meant",
    "elixirscope broadcasts --topic counter:updates --recording load.esrec",
  ),
  calls: examples(
    "elixirscope calls                                 of the ElixirScope that runs, where it records messages",
    "elixirscope calls my_app@127.0.0.1 --for 10s      watch for ten seconds, then list",
    "elixirscope calls --recording load.esrec --callee MyApp.Repo --limit 10",
    "elixirscope calls --newest --json",
  ),
  states: examples(
    "elixirscope states Hello.Counter --diff             what each callback changed",
    "elixirscope states Hello.Counter --follow",
    "elixirscope states p-12 --recording load.esrec --limit 1000 --json",
  ),
  flows: examples(
    "elixirscope flows                                 of the ElixirScope that runs",
    "elixirscope flows my_app@127.0.0.1 --flow 'MyApp.Cart.add(_, _)' --for 10s",
    "elixirscope flows --recording load.esrec --failed",
  ),
  flow: examples("elixirscope flow f-1234", "elixirscope flow f-1234 --recording load.esrec --mermaid"),
  executions: examples(
    "elixirscope executions                            of the ElixirScope that runs, where it traces functions",
    "elixirscope executions --sort slowest --mfa 'MyApp.Cart.*'",
    "elixirscope executions --recording load.esrec --outcome raised --json",
    "elixirscope executions my_app@127.0.0.1 --trace 'MyApp.Cart.*' --for 10s",
  ),
  lines: examples(
    "elixirscope lines MyApp.Cart                      of the ElixirScope that runs with --lines MyApp.Cart",
    "elixirscope lines MyApp.Cart --node my_app@127.0.0.1 --for 10s",
    "elixirscope lines MyApp.Cart --recording load.esrec --json",
  ),
  trace: examples(
    "elixirscope trace my_app@127.0.0.1 MyApp.Cart.add/2",
    "elixirscope trace my_app@127.0.0.1 'MyApp.Cart.add(_, %{qty: q}) when q > 10' --limit 5",
    "elixirscope trace my_app@127.0.0.1 'MyApp.Cart.*' MyApp.Repo.insert/2 --for 10s --json",
    "elixirscope trace my_app@127.0.0.1 --lines MyApp.Cart",
  ),
  level: examples(
    "elixirscope level                                 what is traced, what is in force, what was left out",
    "elixirscope level --level messages --app my_app",
    "elixirscope level --trace 'MyApp.Cart.*' --sample 10% --max-events 50k/s",
    "elixirscope level --level messages --except MyApp.Poller --max-cpu 5%",
  ),
  crashes: examples(
    "elixirscope crashes                               of the ElixirScope that runs",
    "elixirscope crashes --recording night.esrec --limit 10",
  ),
  crash: examples(
    "elixirscope crash MyApp.Cart                      the newest end of whoever had that name",
    "elixirscope crash p-1203 --recording night.esrec --messages 30",
    "elixirscope crash 'MyApp.Registry/room-7'         a name in a registry, see docs/cli.md",
  ),
  history: examples(
    "elixirscope history Hello.Counter                 of the ElixirScope that runs",
    "elixirscope history p-12 --recording night.esrec --limit 100",
    "elixirscope history MyApp.Cache --from -5m --json",
  ),
  inventory: examples(
    "elixirscope inventory my_app@127.0.0.1",
    "elixirscope inventory --recording load.esrec --limit 50",
  ),
  query: examples(
    "elixirscope query --list                          what can be asked by name",
    "elixirscope query aggregate by=mfa everyNs=1s of=duration --recording load.esrec",
    "elixirscope query states process=MyApp.Cart diff=true --json",
    "elixirscope query 'FROM events_readable ORDER BY id DESC' --limit 20",
    "elixirscope query - --recording load.esrec --json < question.sql",
  ),
  recordings: examples(
    "elixirscope recordings",
    "elixirscope record my_app@127.0.0.1 --for 1h --out clickhouse:night",
    "elixirscope crashes --recording clickhouse:night",
  ),
  pins: examples("elixirscope pins", "elixirscope pins --recording night.esrec"),
  pin: examples(
    "elixirscope pin the-crash --from -30s             the last thirty seconds stay",
    "elixirscope pin boot --from 0s --to 20s",
  ),
  unpin: examples("elixirscope unpin the-crash"),
  watch: examples(
    "elixirscope watch                                 of the ElixirScope that runs",
    "elixirscope watch my_app@127.0.0.1 --for 1h --json > alerts.ndjson",
  ),
  bookmarks: examples("elixirscope bookmarks", "elixirscope bookmarks --recording night.esrec --json"),
  bookmark: examples(
    "elixirscope bookmark 12430 --comment 'nobody hears this'",
    "elixirscope bookmark 12431 --state --recording night.esrec",
    "elixirscope bookmark --from 10s --to 12s --comment 'here it is slow'",
  ),
  comment: examples("elixirscope comment b-1 'mended in the next release'"),
  unbookmark: examples("elixirscope unbookmark b-1"),
  audit: examples(
    "elixirscope audit                                 who attached to what, and what was traced",
    "elixirscope audit --since 24h --node my_app@127.0.0.1",
    "elixirscope audit --json | jq 'select(.act == \"replay\")'",
  ),
  detach: examples("elixirscope detach", "elixirscope detach my_app@127.0.0.1"),
  completion: examples(
    'bash:  eval "$(elixirscope completion bash)"                    in ~/.bashrc',
    "zsh:   source <(elixirscope completion zsh)                     in ~/.zshrc",
    "fish:  elixirscope completion fish > ~/.config/fish/completions/elixirscope.fish",
  ),
};
