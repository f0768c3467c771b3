import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ErlangNode } from "./erlang-node.ts";

/** The compiler of the Elixir that goes with the node's OTP. */
const ELIXIRC = process.env.ELIXIRSCOPE_ELIXIRC ?? "elixirc";
const ELIXIR = process.env.ELIXIRSCOPE_ELIXIR ?? "elixir";

/** A folder of a node's code path, with sources beside the compiled modules. */
export interface ModuleFolder {
  readonly path: string;
  /** Compiles an Erlang module with debug info and loads it into the node. */
  erlang(name: string, source: string, options?: string): Promise<void>;
  /** Compiles a file of Elixir modules; they are loaded when they are called, or by `l`. */
  elixir(file: string, source: string): Promise<void>;
  remove(): void;
}

export async function moduleFolder(node: ErlangNode): Promise<ModuleFolder> {
  const path = mkdtempSync(join(tmpdir(), "modules-"));
  await node.eval(`true = code:add_patha("${path}")`);
  let hasElixir = false;
  return {
    path,
    async erlang(name, source, options = "debug_info") {
      const file = join(path, `${name}.erl`);
      writeFileSync(file, source);
      await node.eval(`
        {ok, ${name}} = compile:file("${file}", [return_errors, {outdir, "${path}"}, ${options}]),
        code:purge(${name}), {module, ${name}} = code:load_file(${name})`);
    },
    async elixir(file, source) {
      writeFileSync(join(path, file), source);
      await promisify(execFile)(ELIXIRC, ["--ignore-module-conflict", "-o", path, join(path, file)]);
      if (hasElixir) return;
      hasElixir = true;
      const { stdout } = await promisify(execFile)(ELIXIR, ["-e", "IO.write(:code.lib_dir(:elixir))"]);
      await node.eval(`code:add_pathz("${stdout}/ebin"), {ok, _} = application:ensure_all_started(elixir)`);
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
