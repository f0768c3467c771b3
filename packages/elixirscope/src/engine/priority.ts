import { readdirSync } from "node:fs";
import { constants, getPriority, hostname, networkInterfaces, setPriority } from "node:os";

/**
 * Where it shares a machine with the node, and nobody says otherwise. Not more: at 10 a thread has a tenth of a busy processor and
 * with two other programs on it 3%, too little to give the agent its sign of life each 900 ms (measured: the agent left).
 */
const BESIDE_THE_NODE = "5";

/**
 * The niceness of ElixirScope's threads for a node: what is set, else 5 on the node's own machine, where the application goes
 * first, and none on another one. The name decides: what a tunnel brings to this machine's own address counts as here.
 *
 * @param setting `ELIXIRSCOPE_NICE`
 */
export function niceFor(node: string, setting: string | undefined): string | undefined {
  if (setting !== undefined && setting !== "") return setting;
  return isOnThisMachine(node.slice(node.indexOf("@") + 1)) ? BESIDE_THE_NODE : undefined;
}

function isOnThisMachine(host: string): boolean {
  const name = host.toLowerCase();
  const own = hostname().toLowerCase();
  if (["localhost", "localhost.localdomain", own, own.split(".")[0]].includes(name)) return true;
  if (name.startsWith("127.")) return true;
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === name),
  );
}

/**
 * Lets the application go first where it shares the machine with us: lowers the priority of every thread of this process but
 * the main one, whose children (`elixirscope run -- COMMAND`) would inherit it. Linux with autogroups weighs it within one session
 * only; the niceness of a whole session is not ours to change, since its shell and other programs are in it. Where priorities belong to processes (all but
 * Linux) the process as a whole steps back. There is no way back: to raise a priority takes a privilege.
 *
 * @param setting a niceness from 1 to 19; nothing or anything else changes nothing
 */
export function stepBack(setting: string | undefined): void {
  const nice = Number(setting);
  if (!Number.isInteger(nice) || nice <= 0 || nice > constants.priority.PRIORITY_LOW) return;
  for (const thread of threads()) {
    try {
      if (getPriority(thread) < nice) setPriority(thread, nice);
    } catch {
      // It has ended meanwhile; or this system has a policy of its own, which stays.
    }
  }
}

function threads(): readonly number[] {
  if (process.platform !== "linux") return [process.pid];
  return readdirSync("/proc/self/task")
    .map(Number)
    .filter((thread) => thread !== process.pid);
}
