// Programs that npm does not bring: what there is, and how to get what is missing.
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { run, runQuietly, which } from "./run.mjs";
import { EXIT, ScriptError, say, step } from "./say.mjs";

/** Needs by name: the Debian packages, and what it is called elsewhere. */
const NEEDS = {
  elixir: {
    title: "Elixir 1.14 or later with Erlang/OTP 25 or later",
    apt: ["elixir", "erlang-base"],
    brew: "elixir",
    dnf: "elixir erlang",
    pacman: "elixir",
  },
  erlangTests: {
    title: "Erlang's EUnit, headers and runtime tools",
    apt: ["erlang-eunit", "erlang-dev", "erlang-runtime-tools", "erlang-syntax-tools"],
    brew: "erlang",
    dnf: "erlang",
    pacman: "erlang",
  },
  chromium: {
    title: "Chromium or Chrome",
    apt: ["chromium"],
    brew: "--cask chromium",
    dnf: "chromium",
    pacman: "chromium",
  },
  rabbitmq: {
    title: "RabbitMQ (only to be run by the tests; its service is not started)",
    apt: ["rabbitmq-server"],
    brew: "rabbitmq",
    dnf: "rabbitmq-server",
    pacman: "rabbitmq",
  },
  faketime: {
    title: "libfaketime (a node of the tests gets another time of day by it)",
    apt: ["faketime"],
    brew: "libfaketime",
    dnf: "libfaketime",
    pacman: "libfaketime",
  },
  sshd: {
    title: "OpenSSH's server (only to be run by the tests; its service is not started)",
    apt: ["openssh-server", "openssh-client"],
    brew: "openssh",
    dnf: "openssh-server",
    pacman: "openssh",
  },
  debootstrap: {
    title: "debootstrap",
    apt: ["debootstrap", "debian-archive-keyring"],
    dnf: "debootstrap",
    pacman: "debootstrap",
  },
};

/** The keys of /etc/os-release. */
export function parseOsRelease(text) {
  const pairs = text.split("\n").flatMap((line) => {
    const match = /^([A-Z_]+)=(.*)$/.exec(line.trim());
    return match ? [[match[1], match[2].replace(/^["']|["']$/g, "")]] : [];
  });
  return Object.fromEntries(pairs);
}

/** `debian`, `fedora`, `arch`, `macos`, `windows` or `other`. */
export function familyOf(platform, osRelease) {
  if (platform === "darwin") return "macos";
  if (platform === "win32") return "windows";
  const ids = `${osRelease.ID ?? ""} ${osRelease.ID_LIKE ?? ""}`.split(" ");
  return (
    [
      ["debian", ["debian", "ubuntu"]],
      ["fedora", ["fedora", "rhel", "centos"]],
      ["arch", ["arch"]],
    ].find(([, names]) => names.some((name) => ids.includes(name)))?.[0] ?? "other"
  );
}

/**
 * What is to be done about the missing `needs`: `{ apt: [packages] }` where it can be done here and now,
 * else `{ tell: text }`.
 */
export function plan(needs, { family, root, hasApt }) {
  const all = (key) => needs.map((need) => NEEDS[need][key]).filter(Boolean);
  const packages = all("apt").flat();
  if (family === "debian" && root && hasApt) return { apt: packages };
  const missing = needs.map((need) => `  - ${NEEDS[need].title}`).join("\n");
  const commands = {
    debian: `sudo apt-get update && sudo apt-get install --no-install-recommends ${packages.join(" ")}`,
    fedora: `sudo dnf install ${all("dnf").join(" ")}`,
    arch: `sudo pacman -S ${all("pacman").join(" ")}`,
    macos: all("brew")
      .map((name) => `brew install ${name}`)
      .join(" && "),
  };
  const how =
    family === "windows"
      ? "Use WSL (https://learn.microsoft.com/windows/wsl) with Debian, and run this inside it."
      : commands[family]
        ? `Install with:\n\n  ${commands[family]}\n\nand run this again.`
        : "Install it with your package manager or from https://elixir-lang.org/install.html, and run this again.";
  return { tell: `Missing on this machine:\n${missing}\n\n${how}` };
}

export function thisSystem() {
  const osRelease = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  return {
    family: familyOf(process.platform, parseOsRelease(osRelease)),
    root: process.getuid?.() === 0,
    hasApt: which("apt-get") !== undefined,
  };
}

let updated = false;

/** Gets what is missing: with apt where that is possible, else says what to install (exit code 3). */
export async function provide(needs) {
  if (needs.length === 0) return;
  const what = plan(needs, thisSystem());
  if (what.tell) throw new ScriptError(what.tell, EXIT.missing);
  if (!updated) await step("reading the package lists (apt)", () => aptGet(["update"]));
  updated = true;
  await step(`installing ${what.apt.join(", ")} (apt)`, () =>
    withoutServices(() => aptGet(["install", "-y", "--no-install-recommends", ...what.apt])),
  );
}

function aptGet(args) {
  const options = [
    "-q",
    "-o",
    "Dpkg::Use-Pty=0",
    "-o",
    "Acquire::Retries=3",
    "-o",
    "DPkg::Lock::Timeout=300",
  ];
  return runQuietly("apt-get", [...options, ...args], `apt-get ${args[0]} failed`, {
    env: { DEBIAN_FRONTEND: "noninteractive", NEEDRESTART_SUSPEND: "1", APT_LISTCHANGES_FRONTEND: "none" },
  });
}

const POLICY = "/usr/sbin/policy-rc.d";

/**
 * Debian starts the services of what it installs (epmd, RabbitMQ). We want the programs only: Debian's own way
 * to say so is a policy file, which is here for the time of the installation and only if there is none.
 */
async function withoutServices(work) {
  if (existsSync(POLICY)) return work();
  const remove = () => rmSync(POLICY, { force: true });
  writeFileSync(POLICY, "#!/bin/sh\nexit 101\n");
  chmodSync(POLICY, 0o755);
  process.once("exit", remove);
  try {
    return await work();
  } finally {
    process.off("exit", remove);
    remove();
  }
}

/** Elixir's and OTP's version, or undefined where they cannot be asked. */
export async function elixirVersions() {
  if (!which("elixir") || !which("erl") || !which("epmd")) return undefined;
  const ask = 'IO.puts(System.version() <> " " <> System.otp_release())';
  const { code, stdout } = await run("elixir", ["-e", ask], { env: unicode() });
  const match = /^(\d+\.\d+\.\d+\S*) (\d+)$/m.exec(stdout);
  if (code !== 0 || !match) {
    say("  `elixir` is in the path, but does not run.");
    return undefined;
  }
  return { elixir: match[1], otp: Number(match[2]) };
}

/** Elixir complains where the locale is not UTF-8; C.UTF-8 exists on every system of today. */
export function unicode() {
  const locale = process.env.LC_ALL || process.env.LC_CTYPE || process.env.LANG || "";
  if (/utf-?8/i.test(locale)) return {};
  return process.platform === "darwin" ? { LC_ALL: "en_US.UTF-8" } : { LC_ALL: "C.UTF-8" };
}
