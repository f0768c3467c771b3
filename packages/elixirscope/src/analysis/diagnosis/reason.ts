import { parts } from "./parts.ts";

/**
 * - `timeout`, `calling_self`, `nobody` (`noproc`): of a call
 * - `no_handler`: no clause of `handle_event`
 * - `no_clause`, `raised`, `killed`, `other`
 */
export type ReasonType =
  | "timeout"
  | "calling_self"
  | "nobody"
  | "no_handler"
  | "no_clause"
  | "raised"
  | "killed"
  | "other";

/** An exit reason, in words. */
export interface Reason {
  readonly type: ReasonType;
  readonly text: string;
  /** `Shop.Cart.add/2 (lib/shop/cart.ex:17)`: the innermost function that is not of the standard library. */
  readonly place: string | null;
  readonly todo: string;
  /** Of a call: whom it was made to, as Elixir prints it. */
  readonly callee: string | null;
}

const LONGEST = 160;
const clip = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

/** @param reason as Elixir prints it, with or without a stack */
export function reasonOf(reason: string): Reason {
  const place = placeOf(reason);
  const base = { place, callee: null };
  const call =
    /^\{*:(timeout|calling_self|noproc), \{(?:GenServer|:gen_server|:gen_statem), :call, \[(.+)/s.exec(
      reason,
    );
  if (call) return { ...base, ...callReason(call[1]!, parts(call[2]!)[0]!) };
  const other = taskReason(reason) ?? calleeReason(reason);
  if (other) return { ...base, ...other };
  if (reason === ":killed")
    return {
      ...base,
      type: "killed",
      text: "it was killed",
      todo: "Find who did: Process.exit(pid, :kill), or a shutdown that took too long.",
    };
  const clause = /^\{+:function_clause, \[\{([^,]+), :?"?([^",]+)"?, (\[.*?\]|\d+), /s.exec(reason);
  if (clause) return clauseReason(clause[1]!, clause[2]!, clause[3]!, base);
  const undef = /^\{+:undef, \[\{([^,]+), :?"?([^",]+)"?, (\[.*?\]|\d+), /s.exec(reason);
  if (undef) return undefined_(undef[1]!, undef[2]!, base);
  const raised = /^\{+%(\w[\w.]*)\{(.*?)\}/s.exec(reason);
  if (raised)
    return { ...base, type: "raised", text: raisedText(raised[1]!, raised[2]!), todo: LOOK_AT_CRASH };
  const raisedIn = /^\{+:(\w+), \[\{([A-Z][\w.]*|:\w+), :?"?([^",{}]+?)"?, \[(.*?)\], \[/s.exec(reason);
  if (raisedIn) {
    const [, error, module, name, args] = raisedIn;
    return {
      ...base,
      type: "other",
      text: clip(`${error} in ${module}.${name}(${args})`),
      todo: LOOK_AT_CRASH,
    };
  }
  const erlang = /^\{+:?(\w+|\{.*?\}), \[\{/s.exec(reason);
  return { ...base, type: "other", text: clip(erlang?.[1] ?? withoutStack(reason)), todo: LOOK_AT_CRASH };
}

const LOOK_AT_CRASH = "Look at the message and the state that it had then: `elixirscope crash`.";

/** `Task.await` and what is built on it, where the task was not done in time. */
function taskReason(reason: string): Pick<Reason, "type" | "text" | "todo" | "callee"> | undefined {
  const task = /^\{:timeout, \{(Task(?:\.Supervised)?), :(\w+), /.exec(reason);
  if (!task) return undefined;
  const pid = /pid: (#PID<[\d.]+>)/.exec(reason)?.[1] ?? "the task";
  const name = task[2] === "stream" ? "Task.async_stream" : `Task.${task[2]}`;
  return {
    type: "timeout",
    callee: pid,
    text: `its task (${pid}) was not done in the time that ${name} waits`,
    todo: "Give the task the time that it needs (Task.await(task, timeout)), or use Task.yield/2 and go on without it.",
  };
}

/** `{Reason, {GenServer, call, [Callee, …]}}`: the callee ended, or its node is not there. */
function calleeReason(reason: string): Pick<Reason, "type" | "text" | "todo" | "callee"> | undefined {
  const node =
    /^\{\{:nodedown, (:"?[^"}]+"?)\}, \{(?:GenServer|:gen_server|:gen_statem), :call, \[(.+?), /s.exec(
      reason,
    );
  if (node)
    return {
      type: "nobody",
      callee: node[2]!,
      text: `it called ${node[2]} on the node ${node[1]}, and no such node answers`,
      todo: "Compare the node's name with Node.list/0 and with what the other node calls itself.",
    };
  const returned = /^\{:bad_return_value, (.*)\}$/s.exec(reason);
  if (returned)
    return {
      type: "other",
      callee: null,
      text: `its callback returned ${clip(returned[1]!)}, which is nothing that a callback may return`,
      todo: "Return {:reply, reply, state}, {:noreply, state} or {:stop, reason, state}.",
    };
  return undefined;
}

function callReason(what: string, callee: string): Pick<Reason, "type" | "text" | "todo" | "callee"> {
  if (what === "timeout")
    return {
      type: "timeout",
      callee,
      text: `its call to ${callee} was not answered in time`,
      todo: LOOK_AT_CRASH,
    };
  if (what === "calling_self")
    return {
      type: "calling_self",
      callee,
      text: "it called itself",
      todo: "In its own callbacks a GenServer uses its state, not its own API: call a private function instead.",
    };
  return {
    type: "nobody",
    callee,
    text: `it called ${callee}, and no such process runs`,
    todo: "Start it before its callers (earlier in the supervisor's children), and compare the name of the call with the one that it is started under.",
  };
}

function clauseReason(
  module: string,
  name: string,
  args: string,
  base: Pick<Reason, "place" | "callee">,
): Reason {
  const isHandler = name === "handle_event";
  const given = args.startsWith("[") ? `(${clip(args.slice(1, -1))})` : `/${args}`;
  return {
    ...base,
    type: isHandler ? "no_handler" : "no_clause",
    text: `no clause of ${module}.${name} matches${args.startsWith("[") ? ` ${name}${given}` : ""}`,
    todo: `Add a clause of ${name} for it, or find out who sends what nobody expects.`,
  };
}

const undefined_ = (module: string, name: string, base: Pick<Reason, "place" | "callee">): Reason => ({
  ...base,
  type: name === "handle_event" ? "no_handler" : "raised",
  text: `${module}.${name} does not exist`,
  todo: "Compare the name and the number of arguments with the module's functions.",
});

function raisedText(exception: string, fields: string): string {
  const message = /message: "((?:[^"\\]|\\.)*)"/.exec(fields)?.[1];
  if (message !== undefined) return clip(`${exception}: ${message.replaceAll("\\", "")}`);
  return clip(`${exception} (${fields.replace(/,? ?__exception__: true,? ?/, "")})`);
}

const withoutStack = (reason: string): string => reason.replace(/, \[\{\w.*$/s, "");

/** Their frames say nothing of the application. */
const STANDARD =
  /^(?:Enum|Map|Keyword|Access|Stream|List|String|Kernel|Integer|Float|Agent|Agent\.Server|GenServer|GenEvent|Task|Task\.Supervised|Registry|Supervisor|DynamicSupervisor|Process|File|IO|Regex|URI|Date|DateTime|Module|Code|Phoenix\..*|Plug\..*|Ecto\..*|Bandit\..*|ThousandIsland\..*|:.*)$/;

function placeOf(reason: string): string | null {
  const frames =
    /\{([A-Z][\w.]*|:\w+), :?"?([^",{}]+?)"?, (\[[^\]]*\]|\d+), \[file: ~?c?['"]([^'"]+)['"], line: (\d+)/g;
  for (const [, module = "", name = "", args = "", file = "", line = ""] of reason.matchAll(frames)) {
    if (STANDARD.test(module)) continue;
    return `${module}.${name}${args.startsWith("[") ? "" : `/${args}`} (${file}:${line})`;
  }
  return null;
}
