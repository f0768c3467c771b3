// `erl`, `elixir` and friends of a Debian folder, as programs that can be called like those of this machine.
import { chmodSync, lstatSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const WRAPPED = ["erl", "erlc", "escript", "elixir", "elixirc", "mix", "iex"];
const PATH_INSIDE = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** Of the folder: what would hide this machine's, and is of no use. */
const LEFT_OUT = new Set([
  "/proc",
  "/dev",
  "/sys",
  "/tmp",
  "/run",
  "/home",
  "/root",
  "/mnt",
  "/media",
  "/boot",
]);

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const within = (path, dir) => path === dir || path.startsWith(`${dir}/`);

/** `paths` without those inside others of them. */
export function outermost(paths) {
  const sorted = [...new Set(paths)].sort((a, b) => a.length - b.length);
  return sorted.filter((path, i) => !sorted.slice(0, i).some((dir) => within(path, dir)));
}

/**
 * The commands that put together, under `stage`, the folder `root` with `shared` paths of this machine in it at
 * the same places. The folder itself is not touched, and read-only: a place inside it that `shared` needs is made
 * of links and mounts around it.
 */
export function layout(root, stage, shared) {
  const commands = [];
  const add = (path) => {
    const from = quote(join(root, path));
    const to = quote(join(stage, path));
    const info = lstatSync(join(root, path));
    if (info.isSymbolicLink()) {
      commands.push(`ln -s ${quote(readlinkSync(join(root, path)))} ${to}`);
    } else if (info.isDirectory() && shared.some((dir) => within(dir, path))) {
      commands.push(`mkdir -p ${to}`);
      if (!shared.includes(path)) for (const name of readdirSync(join(root, path))) add(join(path, name));
    } else if (info.isDirectory()) {
      commands.push(`mkdir -p ${to}`, `mount --bind ${from} ${to}`, `mount -o remount,ro,bind ${to}`);
    } else if (info.isFile()) {
      commands.push(`: > ${to}`, `mount --bind ${from} ${to}`);
    }
  };
  for (const name of readdirSync(root)) if (!LEFT_OUT.has(`/${name}`)) add(`/${name}`);
  for (const path of shared) {
    const to = quote(join(stage, path));
    commands.push(`mkdir -p ${to}`, `mount --rbind ${quote(path)} ${to}`);
  }
  return commands;
}

/**
 * Writes the wrappers into `dir`. Each replaces itself (exec) step by step by the program inside: its process id is
 * that of the BEAM, so that signals, standard input and the exit code need no care; mounts are seen by nobody else and
 * go with it.
 */
export function writeWrappers(root, dir, paths) {
  const stage = join(dir, "root");
  mkdirSync(stage);
  const shared = outermost(["/proc", "/dev", ...paths]);
  const enter = join(dir, "enter");
  const lines = [
    "#!/bin/sh",
    "set -e",
    "program=$1; shift",
    `mount -t tmpfs -o mode=755,size=16m elixirscope ${quote(stage)}`,
    ...layout(root, stage, shared),
    `exec chroot ${quote(stage)} /usr/bin/env -C "$PWD" PATH=${PATH_INSIDE} "$program" "$@"`,
  ];
  writeFileSync(enter, `${lines.join("\n")}\n`);
  for (const program of WRAPPED) {
    const file = join(dir, program);
    writeFileSync(
      file,
      `#!/bin/sh\nexec unshare -m --propagation private /bin/sh ${quote(enter)} ${program} "$@"\n`,
    );
    chmodSync(file, 0o755);
  }
}
