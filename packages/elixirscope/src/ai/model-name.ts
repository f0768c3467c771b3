import { ElixirScopeError } from "../model/index.ts";

/** Where a model is, and what it is called there. */
export type ModelName =
  | { readonly provider: "anthropic" | "openai"; readonly model: string }
  | { readonly provider: "server"; readonly model: string; readonly url: string };

const FORM =
  "Write anthropic/MODEL, openai/MODEL, or MODEL@URL for a server that speaks OpenAI's protocol, such as llama3@http://127.0.0.1:11434/v1.";

/** @throws ElixirScopeError `AI_BAD_MODEL` */
export function modelName(text: string): ModelName {
  const server = /^(.+)@(https?:\/\/.+)$/.exec(text);
  if (server && URL.canParse(server[2]!)) return { provider: "server", model: server[1]!, url: server[2]! };
  const hosted = /^(anthropic|openai)\/(.+)$/.exec(text);
  if (hosted) return { provider: hosted[1] as "anthropic" | "openai", model: hosted[2]! };
  throw new ElixirScopeError("AI_BAD_MODEL", `${JSON.stringify(text)} is no model. ${FORM}`);
}

const KEYS = {
  anthropic: "ANTHROPIC_API_KEY",
  openai: "OPENAI_API_KEY",
  server: "ELIXIRSCOPE_MODEL_KEY",
} as const;

/** From the environment only, so that it is in no argv and no file of ours. @throws ElixirScopeError `AI_NO_KEY` */
export function keyFor({ provider }: ModelName, env: NodeJS.ProcessEnv): string | undefined {
  const name = KEYS[provider];
  const key = env[name];
  // A server of one's own may want none.
  if (key || provider === "server") return key;
  throw new ElixirScopeError(
    "AI_NO_KEY",
    `There is no key for ${provider}: set ${name}. Without --model the detectors answer alone.`,
  );
}
