// Debian releases in folders (debootstrap), to test on the Erlang/OTP that each of them has.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { runQuietly, which } from "./run.mjs";
import { EXIT, ScriptError, step } from "./say.mjs";
import { provide } from "./system.mjs";

/** By Debian release: the Erlang/OTP in it. */
export const SUITES = { trixie: 27, forky: 29 };

const PACKAGES = [
  "elixir",
  "erlang-base",
  "erlang-crypto",
  "erlang-dev",
  "erlang-eunit",
  "erlang-inets",
  "erlang-parsetools",
  "erlang-public-key",
  "erlang-runtime-tools",
  "erlang-ssl",
  "erlang-syntax-tools",
  "erlang-tools",
];

/** Where the folders are: outside the repository, since they outlive it and belong to root. */
export function rootOf(suite, env = process.env) {
  const cache = env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(env.ELIXIRSCOPE_OTP_DIR || join(cache, "elixirscope/otp"), suite);
}

/** The first Debian archive in apt's sources, in either of their formats; undefined where there is none. */
export function mirrorIn(sources) {
  for (const text of sources) {
    for (const stanza of text.split(/\n\s*\n/)) {
      const lines = stanza.split("\n").filter((line) => !line.trim().startsWith("#"));
      const fields = Object.fromEntries(
        lines.flatMap((line) => {
          const match = /^([\w-]+):\s*(.*)$/.exec(line);
          return match ? [[match[1].toLowerCase(), match[2]]] : [];
        }),
      );
      if (/\bdeb\b/.test(fields.types ?? "") && isArchive(fields.uris)) return fields.uris.split(/\s+/)[0];
      for (const line of lines) {
        const uri = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+\S+\s+.*\bmain\b/.exec(line.trim())?.[1];
        if (isArchive(uri)) return uri;
      }
    }
  }
  return undefined;
}

/** A Debian archive's path ends in `/debian`; that of the security updates and of other people's packages does not. */
const isArchive = (uri) => /^(?:https?|file):\S*\/debian\/?(?:\s|$)/.test(uri ?? "");

function aptSources() {
  const dir = "/etc/apt/sources.list.d";
  const more = existsSync(dir) ? readdirSync(dir).map((name) => join(dir, name)) : [];
  return ["/etc/apt/sources.list", ...more].filter(existsSync).map((path) => readFileSync(path, "utf8"));
}

function mirror() {
  const found = process.env.ELIXIRSCOPE_DEBIAN_MIRROR || mirrorIn(aptSources());
  if (found) return found;
  throw new ScriptError(
    "No Debian archive in this machine's apt sources. Name one in ELIXIRSCOPE_DEBIAN_MIRROR (its address ends in /debian).",
    EXIT.missing,
  );
}

const SCRIPTS = "/usr/share/debootstrap/scripts";

/** The folder of a release, made now where it is not there yet. Needs root. */
export async function ensureRoot(suite) {
  const root = rootOf(suite);
  if (existsSync(join(root, "usr/bin/elixir"))) return root;
  if (!which("debootstrap")) await provide(["debootstrap"]);
  const partial = `${root}.partial-${process.pid}`;
  mkdirSync(dirname(root), { recursive: true });
  // An older debootstrap does not know the name of a newer release; all of them are made as `sid` is.
  const script = existsSync(join(SCRIPTS, suite)) ? [] : [join(SCRIPTS, "sid")];
  const options = ["--variant=minbase", `--include=${PACKAGES.join(",")}`];
  try {
    // Its own mounts (proc, sys) stay in a mount namespace of their own, also when it is interrupted.
    await step(`making Debian ${suite} with OTP ${SUITES[suite]} in ${root}`, () =>
      runQuietly(
        "unshare",
        ["-m", "--propagation", "private", "debootstrap", ...options, suite, partial, mirror(), ...script],
        `debootstrap could not make Debian ${suite}`,
      ),
    );
    rmSync(join(partial, "var/cache/apt/archives"), { recursive: true, force: true });
    renameSync(partial, root);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return root;
}
