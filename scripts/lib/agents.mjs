// The agent, compiled for the package.
import { join } from "node:path";
import { ROOT } from "./run.mjs";
import { EXIT, ScriptError, say } from "./say.mjs";

/** Compiles the agent by each of these Erlangs into `folder`; TypeScript has been compiled before. */
export async function buildAgents(erls, folder) {
  const { shipAgent } = await import(join(ROOT, "packages/elixirscope/dist/tracer/index.js"));
  for (const erl of erls) {
    const { otp } = await shipAgent(folder, erl).catch((error) => {
      throw new ScriptError(error.message, EXIT.missing);
    });
    say(`the agent, compiled by OTP ${otp}`);
  }
}
