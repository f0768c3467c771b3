// examples/hello_otp as a distributed node of its own: loopback only, an EPMD and a home of its own.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startGuarded } from "./guarded.mjs";
import { ROOT, runQuietly } from "./run.mjs";
import { ScriptError } from "./say.mjs";
import { unicode } from "./system.mjs";

const EXAMPLE = join(ROOT, "examples/hello_otp");
const READY = "hello_otp is up";
const START_MS = 60_000;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

export function compileHello() {
  return runQuietly("mix", ["compile"], "examples/hello_otp does not compile", {
    cwd: EXAMPLE,
    env: unicode(),
  });
}

/** EPMD says nothing when it is ready, so it is asked until it answers. */
async function listening(port, deadline) {
  while (Date.now() < deadline) {
    const socket = connect(port, "127.0.0.1");
    const open = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return true;
    await delay(20);
  }
  return false;
}

async function startEpmd() {
  const port = await freePort();
  const epmd = startGuarded("epmd", ["-port", String(port)], { env: { ERL_EPMD_ADDRESS: "127.0.0.1" } });
  if (await Promise.race([listening(port, Date.now() + 10_000), epmd.ended.then(() => false)]))
    return { port, epmd };
  await epmd.stop();
  throw new ScriptError(`epmd did not start:\n${epmd.tail()}`);
}

/** A directory only we can read, with the cookie where Erlang looks for it: never in a command line. */
function privateHome(cookie) {
  const home = mkdtempSync(join(tmpdir(), "elixirscope-demo-"));
  writeFileSync(join(home, ".erlang.cookie"), cookie, { mode: 0o400 });
  return home;
}

/** Starts the node and waits until the application is up. `stop()` ends it and its EPMD, and its home is gone. */
export async function startHello({ load, bug }) {
  const cookie = randomBytes(16).toString("hex").toUpperCase();
  const name = `hello_${randomBytes(3).toString("hex")}@127.0.0.1`;
  const { port, epmd } = await startEpmd();
  const home = privateHome(cookie);
  const env = {
    ...unicode(),
    HOME: home,
    ERL_EPMD_PORT: String(port),
    ERL_EPMD_ADDRESS: "127.0.0.1",
    ERL_CRASH_DUMP_SECONDS: "0",
    HELLO_LOAD: String(load),
    HELLO_BUG: bug ? "topic" : "off",
  };
  let ready;
  const up = new Promise((resolve) => {
    ready = resolve;
  });
  const kernel = "-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false";
  const run = ["-S", "mix", "run", "--no-halt", "--no-compile", "-e", `IO.puts("${READY}")`];
  const node = startGuarded("elixir", ["--name", name, "--erl", kernel, ...run], {
    cwd: EXAMPLE,
    env,
    thenRemove: home,
    onLine: (line) => line === READY && ready(true),
  });
  const stop = async () => {
    await node.stop();
    await epmd.stop();
  };
  const late = delay(START_MS, false, { ref: false });
  if (await Promise.race([up, late, node.ended.then(() => false)]))
    return { name, cookie, epmdPort: port, home, ended: node.ended, tail: node.tail, stop };
  await stop();
  throw new ScriptError(`examples/hello_otp did not start:\n${node.tail()}`);
}
