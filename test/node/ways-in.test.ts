// Nodes that are not simply there: TLS distribution, no EPMD, IPv6, a tunnel.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import {
  type ConnectOptions,
  DistConnection,
  DistError,
  lookupNode,
  type TlsOptions,
} from "@elixirscope/dist";
import { inspect } from "@elixirscope/etf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ErlangNode, freePort, startErlangNode } from "../testkit/erlang-node.ts";

const MAIN = fileURLToPath(new URL("../../packages/elixirscope/dist/cli/main.js", import.meta.url));

interface Pem {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

let folder: string;
let plain: ErlangNode;
let tls: ErlangNode;
/** Of the authority that the node trusts, and of another one. */
let ours: Pem;
let foreign: Pem;

/** A server's and a client's certificates with an authority each, made by Erlang itself. */
const CERTIFICATES = `
  application:ensure_all_started(ssl),
  San = {'Extension', {2,5,29,17}, false, [{iPAddress, <<127,0,0,1>>}]},
  Chain = fun(Peer) -> #{root => [{digest, sha256}, {key, {namedCurve, secp256r1}}], intermediates => [],
    peer => [{digest, sha256}, {key, {namedCurve, secp256r1}} | Peer]} end,
  #{server_config := S, client_config := C} = public_key:pkix_test_data(#{server_chain => Chain([{extensions, [San]}]), client_chain => Chain([])}),
  Pem = fun(Entries) -> base64:encode(public_key:pem_encode(Entries)) end,
  Cert = fun(Der) -> {'Certificate', Der, not_encrypted} end,
  Side = fun(Conf) ->
    {Type, Key} = proplists:get_value(key, Conf),
    [Pem([Cert(A) || A <- proplists:get_value(cacerts, Conf)]), Pem([Cert(proplists:get_value(cert, Conf))]), Pem([{Type, Key, not_encrypted}])]
  end,
  io_lib:format("~s", [lists:join(",", Side(S) ++ Side(C))])`;

const decoded = (base64: string): string => Buffer.from(base64, "base64").toString();

async function certificates(): Promise<{ server: Pem; client: Pem }> {
  const said = await plain.eval(`lists:flatten(begin ${CERTIFICATES} end)`);
  const [a, b, c, d, e, f] = said.replaceAll('"', "").split(",").map(decoded);
  return { server: { ca: a!, cert: b!, key: c! }, client: { ca: d!, cert: e!, key: f! } };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ways-in-"));
  plain = await startErlangNode({ name: "plain" });
  const [one, other] = [await certificates(), await certificates()];
  ours = one.client;
  foreign = other.client;
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const options = file(
    "ssl_dist.conf",
    `[{server, [{certfile, "${file("server.pem", one.server.cert)}"}, {keyfile, "${file("server.key", one.server.key)}"},
      {cacertfile, "${file("server-ca.pem", one.server.ca)}"}, {verify, verify_peer}, {fail_if_no_peer_cert, true}]}].`,
  );
  tls = await startErlangNode({
    name: "tls",
    args: ["-proto_dist", "inet_tls", "-ssl_dist_optfile", options],
  });
});
afterAll(async () => {
  await Promise.all([plain?.stop(), tls?.stop()]);
  rmSync(folder, { recursive: true });
});

/** `elixirscope`, to its end. */
function cli(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const world = { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder, NO_COLOR: "1", ...env };
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env: world }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

const to = (node: ErlangNode): ConnectOptions => ({
  node: node.name,
  cookie: node.cookie,
  epmdPort: node.epmdPort,
});

/** What the node calls itself, asked over a connection that is closed again. */
async function asked(options: ConnectOptions): Promise<string> {
  const connection = await DistConnection.connect(options);
  try {
    return inspect(await connection.rpc("erlang", "node", []));
  } finally {
    await connection.close();
  }
}

async function refused(options: ConnectOptions): Promise<DistError> {
  const error = await asked(options).catch((reason: unknown) => reason);
  if (!(error instanceof DistError)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

describe("TLS distribution", () => {
  it("takes a node with a private authority, and is taken by it", async () => {
    expect(await asked({ ...to(tls), tls: ours })).toBe(`:"${tls.name}"`);
    // A long message crosses the records of TLS.
    const connection = await DistConnection.connect({ ...to(tls), tls: ours });
    const long = (await connection.rpc("binary", "copy", [
      new TextEncoder().encode("scope"),
      1_000_000,
    ])) as Uint8Array;
    expect(long.length).toBe(5_000_000);
    await connection.close();
  });

  it.each<[string, () => TlsOptions, RegExp]>([
    ["an authority that nobody vouches for", () => ({ cert: ours.cert, key: ours.key }), /--tls-ca/],
    ["another authority than the node's", () => ({ ...ours, ca: foreign.ca }), /--tls-ca/],
    ["no certificate of ours", () => ({ ca: ours.ca }), /--tls-cert/],
    ["a certificate of another authority", () => ({ ...foreign, ca: ours.ca }), /--tls-cert/],
    [
      "another name than that of its certificate",
      () => ({ ...ours, serverName: "elsewhere.test" }),
      /--tls-name/,
    ],
  ])("refuses %s, and says what to give", async (_, options, advice) => {
    const error = await refused({ ...to(tls), tls: options() });
    expect(error.code).toBe("DIST_TLS_REFUSED");
    expect(error.message).toMatch(advice);
    expect(JSON.stringify([error.message, error.details])).not.toContain("PRIVATE KEY");
  });

  it("says so where the node does not speak TLS, and where it speaks nothing else", async () => {
    const wrong = await refused({ ...to(plain), tls: ours, timeoutMs: 2_000 });
    expect(wrong.code).toBe("DIST_TIMEOUT");
    expect(wrong.message).toContain("does not speak TLS");
    const needed = await refused(to(tls));
    expect(needed.message).toContain("speaks TLS only (--tls)");
  });
});

describe("the command line", () => {
  it("attaches over TLS with files, and to a bare address where there is no EPMD", async () => {
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const files = [
      `--tls-ca=${file("ca.pem", ours.ca)}`,
      `--tls-cert=${file("client.pem", ours.cert)}`,
      `--tls-key=${file("client.key", ours.key)}`,
    ];
    const env = { ELIXIRSCOPE_COOKIE: tls.cookie, ERL_EPMD_PORT: String(tls.epmdPort) };
    const overTls = await cli(["ps", tls.name, ...files, "--json"], env);
    expect(overTls.stderr).toBe("");
    expect(overTls.stdout).toContain("kernel_sup");

    const { port } = await lookupNode("plain", { epmdPort: plain.epmdPort });
    // Nobody answers there: EPMD is not asked.
    const bare = { ELIXIRSCOPE_COOKIE: plain.cookie, ERL_EPMD_PORT: "1" };
    const byAddress = await cli(["ps", `127.0.0.1:${port}`, "--json"], bare);
    expect(byAddress.stdout).toContain("kernel_sup");
    const alone = await cli(["ps", tls.name, "--tls-cert", join(folder, "client.pem")], env);
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining("--tls-cert stands alone")]);
    const noPem = await cli(["ps", tls.name, "--tls-ca", file("ca.der", "0")], env);
    expect([noPem.code, noPem.stderr]).toEqual([2, expect.stringContaining("is no PEM file")]);
    const absent = await cli(["ps", tls.name, "--tls-ca", join(folder, "nowhere")], env);
    expect([absent.code, absent.stderr]).toEqual([2, expect.stringContaining("cannot be read (ENOENT)")]);
  });
});

describe("without EPMD", () => {
  it("reaches a node by its port alone (ERL_DIST_PORT)", async () => {
    const port = await freePort();
    const node = await startErlangNode({
      name: "alone",
      args: ["-erl_epmd_port", String(port)],
    });
    try {
      expect(await asked({ node: node.name, cookie: node.cookie, port })).toBe(`:"${node.name}"`);
    } finally {
      await node.stop();
    }
  });
});

describe("IPv6", () => {
  it("reaches a node that listens on ::1 only", async () => {
    const port = await freePort();
    const node = await startErlangNode({
      name: "six@::1",
      args: `-proto_dist inet6_tcp -kernel inet_dist_use_interface {0,0,0,0,0,0,0,1} -erl_epmd_port ${port}`.split(
        " ",
      ),
    });
    try {
      expect(await asked({ node: "six@::1", cookie: node.cookie, port })).toBe(':"six@::1"');
    } finally {
      await node.stop();
    }
  });
});

describe("a tunnel", () => {
  it("carries EPMD and the distribution, with what the names mean at its other end", async () => {
    const seen: string[] = [];
    const dial = async (host: string, port: number): Promise<Duplex> => {
      seen.push(`${host}:${port}`);
      const socket = connect(port, "127.0.0.1");
      await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
      return socket;
    };
    expect(await asked({ ...to(plain), host: "far.internal", dial })).toBe(`:"${plain.name}"`);
    expect(seen[0]).toBe(`far.internal:${plain.epmdPort}`);
    expect(seen[1]).toMatch(/^far\.internal:\d+$/);
    expect(await asked({ ...to(tls), dial, tls: ours })).toBe(`:"${tls.name}"`);
  });

  it("says what it could not reach", async () => {
    const error = await refused({
      ...to(plain),
      port: 1,
      dial: async () => Promise.reject(new Error("administratively prohibited")),
    });
    expect(error.code).toBe("DIST_NODE_UNREACHABLE");
    expect(String(error.cause)).toContain("administratively prohibited");
  });

  it("notices when its other end hangs up", async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    const dial = async (): Promise<Duplex> => connect(port, "127.0.0.1");
    const error = await refused({ ...to(plain), port: 1, dial });
    expect(error.code).toMatch(/DIST_NOT_DISTRIBUTED|DIST_NODE_UNREACHABLE|DIST_COOKIE_REJECTED/);
    server.close();
  });
});
