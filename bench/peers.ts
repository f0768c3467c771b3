import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

// Tracers that people use, and where they are found. They are not dependencies: Debian's rabbitmq-server ships both.

/** Where programs of Debian packages lie: those unpacked for us, and those of this machine, which come first (`-pa`). */
const PREFIXES = [join(homedir(), ".cache/elixirscope/peers/usr"), "/usr"];

/** Folders of compiled modules of a tool, the one that is tried first last. */
function ebins(tool: string): readonly string[] {
  const libs = PREFIXES.map((prefix) => join(prefix, "lib/rabbitmq/lib"));
  const plugins = libs.flatMap((lib) => names(lib).map((server) => join(lib, server, "plugins")));
  return plugins.flatMap((dir) =>
    names(dir)
      .filter((name) => name.startsWith(`${tool}-`))
      .map((name) => (name.endsWith(".ez") ? join(dir, name, name.slice(0, -3)) : join(dir, name)))
      .map((path) => join(path, "ebin")),
  );
}

function names(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

/** Arguments for `erl` with which it finds what there is. */
export const peerPaths = (): readonly string[] =>
  ["recon", "redbug"].flatMap(ebins).flatMap((path) => ["-pa", path]);

/** What to do to have a tool here. */
export const HOW_TO_GET: string =
  "recon and redbug come with Debian's rabbitmq-server (redbug since Debian 13, for OTP 27). Without installing a server: " +
  "apt-get download rabbitmq-server && dpkg -x rabbitmq-server_*.deb ~/.cache/elixirscope/peers, with the package of the Debian " +
  "release whose OTP is measured (npm run bench:tracer -- --erl FILE).";
