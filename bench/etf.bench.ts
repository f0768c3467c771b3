// ETF encode, decode and skip of trace batches beside erlang_js, an ETF library from npm. `--json` prints one JSON object.
import { createRequire } from "node:module";
import {
  Atom,
  atom,
  binary,
  decode,
  ErlangMap,
  encode,
  type Header,
  inspect,
  Pid,
  Reference,
  readListHeader,
  skipTerm,
  type Term,
  tuple,
} from "@elixirscope/etf";

/** The part of erlang_js used here; it calls back before it returns, since nothing is compressed. */
interface ErlangJs {
  binary_to_term(data: Buffer, callback: (error: Error | undefined, term: unknown) => void): void;
  term_to_binary(term: unknown, callback: (error: Error | undefined, data: Buffer) => void): void;
}

const EVENTS = 512;
const ROUNDS = 9;
const ROUND_MS = 60;
const NODE = "hello@127.0.0.1";

/** What the agent sends: `term_to_binary` of up to 512 messages and calls, in the make-up of a busy web application. */
function traceBatch(): Term {
  return Array.from({ length: EVENTS }, (_, i) => {
    const from = new Pid(NODE, 200 + (i % 97), 0, 1_700_000_000);
    const to = new Pid(NODE, 300 + (i % 31), 0, 1_700_000_000);
    const ts = -576_460_000_000_000_000n + BigInt(i) * 1000n;
    if (i % 8 === 7) {
      const call = tuple(atom("Elixir.Hello.Counter"), atom("handle_call"), [
        i,
        atom("state"),
        binary("label"),
      ]);
      return tuple(atom("trace_ts"), from, atom("call"), call, ts);
    }
    return tuple(atom("trace_ts"), from, atom("send"), message(i, from), to, ts);
  });
}

function message(i: number, from: Pid): Term {
  const reference = new Reference(NODE, 1_700_000_000, [i, 123_456_789, 987_654_321]);
  switch (i % 4) {
    case 0:
      return tuple(atom("$gen_cast"), tuple(atom("increment"), i));
    case 1:
      return tuple(atom("$gen_call"), tuple(from, reference), tuple(atom("get"), binary(`user:${i}`)));
    case 2:
      return tuple(
        reference,
        tuple(
          atom("ok"),
          new ErlangMap([
            [new Atom("count"), i],
            [new Atom("name"), binary("worker")],
          ]),
        ),
      );
    default:
      return tuple(atom("phx_message"), binary("room:lobby"), [i, i + 1, 100_000 + i], atom("nil"));
  }
}

/** Milliseconds that one call of `run` takes: as often as fits into a round, by the clock. */
function measure(run: () => void): number {
  const start = performance.now();
  let calls = 0;
  let now = start;
  while (now - start < ROUND_MS) {
    run();
    calls++;
    now = performance.now();
  }
  return (now - start) / calls;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** The contenders in turn, round after round, so that what else the machine does hits all of them alike. */
function compare(contenders: Readonly<Record<string, () => void>>): Record<string, number> {
  const names = Object.keys(contenders);
  const times = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS + 2; round++) {
    for (const name of names) {
      const ms = measure(contenders[name]!);
      // Two rounds to warm up.
      if (round >= 2) times.get(name)!.push(ms);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times.get(name)!)]));
}

interface Row {
  readonly name: string;
  readonly ours_events_per_s: number;
  readonly ours_mb_per_s: number;
  readonly erlang_js_events_per_s: number | null;
  readonly ratio: number | null;
}

const rounded = (value: number, digits: number): number => Number(value.toPrecision(digits));

function row(name: string, events: number, bytes: number, ours: () => void, theirs?: () => void): Row {
  const times = compare(theirs ? { ours, theirs } : { ours });
  const perSecond = (ms: number): number => Math.round((events * 1000) / ms);
  return {
    name,
    ours_events_per_s: perSecond(times.ours!),
    ours_mb_per_s: Math.round((bytes / times.ours!) * 1e-3),
    erlang_js_events_per_s: times.theirs === undefined ? null : perSecond(times.theirs),
    ratio: times.theirs === undefined ? null : rounded(times.theirs / times.ours!, 3),
  };
}

function fail(error: Error | undefined): void {
  if (error) throw error;
}

function skipAll(bytes: Uint8Array, header: Header): void {
  readListHeader(bytes, 1, header);
  let at = header.start;
  for (let i = 0; i < header.count; i++) at = skipTerm(bytes, at);
  if (at !== bytes.length - 1) throw new Error(`skipped to ${at} of ${bytes.length}`);
}

function benchmark(): readonly Row[] {
  const erlangJs = createRequire(import.meta.url)("erlang_js").Erlang as ErlangJs;
  const term = traceBatch();
  const bytes = encode(term);
  const buffer = Buffer.from(bytes);
  let theirTerm: unknown;
  erlangJs.binary_to_term(buffer, (error, value) => {
    fail(error);
    theirTerm = value;
  });
  const theirDecode = (): void => erlangJs.binary_to_term(buffer, fail);
  const theirEncode = (): void => erlangJs.term_to_binary(theirTerm, fail);
  const header: Header = { count: 0, start: 0 };
  // Small events, as a process that counts makes them: what the scanner of the ingest meets at the highest rates.
  const small = encode(
    Array.from({ length: EVENTS }, (_, i) => tuple(atom("trace_ts"), i, atom("receive"), atom("tick"))),
  );
  const events = decode(bytes) as readonly Term[];
  return [
    row("encode", EVENTS, bytes.length, () => void encode(term), theirEncode),
    row("decode", EVENTS, bytes.length, () => void decode(bytes), theirDecode),
    // The library has no lazy reader: to find an event's end it has to decode.
    row("skip", EVENTS, bytes.length, () => skipAll(bytes, header), theirDecode),
    row("skip small", EVENTS, small.length, () => skipAll(small, header)),
    row("inspect", EVENTS, bytes.length, () => {
      for (const event of events) inspect(event);
    }),
  ];
}

const rows = benchmark();
if (process.argv.includes("--json")) console.log(JSON.stringify({ events: EVENTS, rows }));
else console.table(Object.fromEntries(rows.map(({ name, ...figures }) => [name, figures])));
