import { Atom, inspect, isAtom, isTagged, type Term, Tuple, tuple } from "@elixirscope/etf";
import { ElixirScopeError, LEVELS } from "../model/index.ts";

/** The value of an answer. @throws ElixirScopeError for `{error, Reason}` */
export function commandResult(answer: Term): Term {
  if (isAtom(answer, "ok")) return answer;
  if (isTagged(answer, "ok", 2)) return answer.elements[1]!;
  throw commandError(answer);
}

function commandError(answer: Term): ElixirScopeError {
  const reason = isTagged(answer, "error", 2) ? answer.elements[1]! : answer;
  if (isTagged(reason, "no_process", 2)) {
    return new ElixirScopeError(
      "TRACER_NO_SUCH_PROCESS",
      `There is no process ${inspect(reason.elements[1]!)} on the node. Nothing was changed; see \`elixirscope ps\`.`,
    );
  }
  if (isTagged(reason, "system_tracer_taken", 3)) {
    const by = new TextDecoder().decode(reason.elements[2] as Uint8Array);
    return new ElixirScopeError(
      "TRACER_SYSTEM_TRACER_TAKEN",
      `Flows need the node's system tracer (seq_trace), and there is only one: it is set to ${by}. Nothing was changed; the other levels work without flows, or end what uses it: \`seq_trace:reset_trace()\` and \`seq_trace:set_system_tracer(false)\`.`,
    );
  }
  if (isTagged(reason, "control_word_taken", 2)) {
    return new ElixirScopeError(
      "TRACER_CONTROL_WORD_TAKEN",
      `Every n-th flow is counted in the node's trace control word, and there is only one: it is set to ${inspect(reason.elements[1]!)}. Nothing was changed; record all flows, or end what uses it: \`erlang:system_flag(trace_control_word, 0)\`.`,
    );
  }
  if (isTagged(reason, "no_application", 2)) {
    return new ElixirScopeError(
      "TRACER_NO_SUCH_APPLICATION",
      `The node neither runs nor has the application ${inspect(reason.elements[1]!)}. Nothing was changed; see \`elixirscope tree\`.`,
    );
  }
  if (isTagged(reason, "no_state", 2)) {
    return new ElixirScopeError(
      "TRACER_NO_STATE",
      `States cannot be recorded on this node: ${inspect(reason.elements[1]!)} of its OTP keep the state where this version of ElixirScope does not know to look. Nothing was changed; the levels messages and calls work.`,
    );
  }
  if (isTagged(reason, "own_function", 2)) {
    return new ElixirScopeError(
      "TRACER_OWN_FUNCTION",
      `${inspect(reason.elements[1]!)} cannot be traced as a call: states, callbacks, timers or events of Phoenix are read from it, and a function can be read in one way only. What it tells is recorded at this level anyway, as events of the kinds state, dispatch, timer, telemetry, pubsub or phoenix. Nothing was changed.`,
    );
  }
  if (isTagged(reason, "replay_failed", 2)) {
    const why = inspect(reason.elements[1]!, { maxLength: 300 });
    return new ElixirScopeError("TRACER_REPLAY_FAILED", `It could not be run: ${why}.`);
  }
  if (isTagged(reason, "too_many", 3)) {
    return new ElixirScopeError(
      "TRACER_REPLAY_FAILED",
      `It refers to ${inspect(reason.elements[2]!)} processes; for each there would be a stand-in, of which there are 2,000 at most.`,
    );
  }
  if (isAtom(reason, "busy")) {
    return new ElixirScopeError(
      "TRACER_REPLAY_BUSY",
      "Another callback is being run on this node; ask again when it has ended.",
    );
  }
  if (isTagged(reason, "not_allowed", 2)) return notAllowed(reason.elements[1]!);
  if (isTagged(reason, "no_lines", 2)) return noLines(reason.elements[1]!);
  if (reason instanceof Tuple && reason.elements[0] instanceof Atom) {
    const tag = reason.elements[0].name;
    if (tag === "no_module" || tag === "no_function" || tag === "bad_pattern") {
      return new ElixirScopeError(
        "TRACER_NO_SUCH_FUNCTION",
        `The node cannot trace ${inspect(tuple(...reason.elements.slice(1)))} (${tag.replace("_", " ")}). Nothing was changed; check the spelling of module and function.`,
      );
    }
  }
  return new ElixirScopeError(
    "TRACER_COMMAND_FAILED",
    `The agent refused: ${inspect(answer)}. Nothing was changed.`,
  );
}

/** Whoever runs the node has said what ElixirScope may do there: nothing, or up to a level. */
export function notAllowed(setting: Term): ElixirScopeError {
  const level = LEVELS.find((one) => isAtom(setting, one));
  const allows =
    level === undefined
      ? `does not allow ElixirScope to attach (its setting is ${inspect(setting, { maxLength: 100 })})`
      : `allows ElixirScope the level ${level} at most${level === "lines" ? "" : ", with no more than that level records"}, and no replay`;
  return new ElixirScopeError(
    "TRACER_NOT_ALLOWED",
    `This node ${allows}. Nothing was changed. Whoever runs it decides: \`config :kernel, elixirscope: …\` (docs/production.md).`,
  );
}

const WHY_NO_LINES: Readonly<Record<string, string>> = {
  no_module: "there is no such module; check the spelling",
  protected: "Erlang and Elixir themselves are left alone",
  no_object_code: "its file is not there (a module made in memory, or in a release without its files)",
  changed: "what is loaded is not what its file holds: compile and load it again",
  no_debug_info:
    "it was compiled without debug info; Elixir has it unless `debug_info: false` is set or a release strips its beams",
  on_load: "it acts when it is loaded (on_load)",
  nif: "it has native functions (NIFs)",
  too_large: "it is too large to be rebuilt in the time and memory that this may take",
  in_use: "processes still run in its former code, or hold functions of it; loading it again would end them",
  compile: "it could not be rebuilt from its debug info",
  load: "it could not be loaded",
};

/** `[{Module, Reason}]` */
function noLines(refused: Term): ElixirScopeError {
  const [first] = Array.isArray(refused) ? (refused as readonly Term[]) : [];
  const [module = refused, why] = first instanceof Tuple ? first.elements : [];
  const tag = why instanceof Tuple ? why.elements[0] : why;
  const details = why instanceof Tuple ? ` (${inspect(why.elements[1]!, { maxLength: 200 })})` : "";
  const words = (tag instanceof Atom && WHY_NO_LINES[tag.name]) || "no reason given";
  if (details.startsWith(" ({:undef, [{:compile, ")) {
    return new ElixirScopeError(
      "TRACER_NO_LINES",
      `The lines of ${inspect(module)} cannot be recorded: the node has no compiler (its release leaves out the application compiler), and modules are rebuilt for it. Nothing was changed.`,
    );
  }
  return new ElixirScopeError(
    "TRACER_NO_LINES",
    `The lines of ${inspect(module)} cannot be recorded: ${words}${details}. Nothing was changed.`,
  );
}
