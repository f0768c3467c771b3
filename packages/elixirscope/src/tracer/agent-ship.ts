import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ElixirScopeError } from "../model/index.ts";
import { buildAgent, localErlang } from "./agent-build.ts";
import { sealed } from "./agent-cache.ts";
import { agentFiles } from "./agent-files.ts";
import { builtName } from "./agent-prebuilt.ts";

/**
 * Compiles the agent by `erl` for the package, so that nodes of its OTP release (and those without a compiler, of later ones too)
 * load what was compiled elsewhere.
 * @returns the OTP release and the file in `folder`
 * @throws ElixirScopeError `TRACER_NO_ERLANG` where `erl` is none, `TRACER_AGENT_REFUSED`
 */
export async function shipAgent(folder: string, erl: string): Promise<{ otp: number; file: string }> {
  const local = await localErlang(erl);
  if (!local) throw new ElixirScopeError("TRACER_NO_ERLANG", `${erl} is no Erlang that runs here.`);
  const agent = await agentFiles();
  const file = join(folder, builtName(agent.hash, local.otp));
  await mkdir(folder, { recursive: true });
  await writeFile(file, sealed(await buildAgent(agent.files, erl)));
  return { otp: local.otp, file };
}
