// What a benchmark ran on.
import { arch, cpus, release, totalmem, type } from "node:os";

/** `AMD EPYC 7B13 64-Core @ 2.4GHz` → `amd-epyc-7b13-64-core`. */
export function cpuSlug(model) {
  const slug = model
    .replace(/@.*$|\((?:R|TM)\)|\b(?:CPU|Processor)\b/gi, " ")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return slug || "cpu";
}

/** `commit` and `elixir` (with its OTP) as they were found. */
export function describeMachine({ commit, elixir }) {
  const list = cpus();
  return {
    cpu: list[0]?.model.trim() ?? "unknown",
    cores: list.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()} ${arch()}`,
    node: process.versions.node,
    otp: elixir.otp,
    elixir: elixir.elixir,
    commit,
  };
}
