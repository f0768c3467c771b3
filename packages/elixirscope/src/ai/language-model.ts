import type { LanguageModel } from "ai";
import { ElixirScopeError } from "../model/index.ts";
import { keyFor, type ModelName } from "./model-name.ts";

/** Loaded when somebody asks for a model: they are not installed with ElixirScope. @throws ElixirScopeError `AI_NOT_INSTALLED`, `AI_NO_KEY` */
export async function languageModel(name: ModelName, env: NodeJS.ProcessEnv): Promise<LanguageModel> {
  const key = keyFor(name, env);
  try {
    switch (name.provider) {
      case "anthropic": {
        const { createAnthropic } = await import("@ai-sdk/anthropic");
        return createAnthropic({ apiKey: key! })(name.model);
      }
      case "openai": {
        const { createOpenAI } = await import("@ai-sdk/openai");
        return createOpenAI({ apiKey: key! })(name.model);
      }
      case "server": {
        const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
        const options = { name: "server", baseURL: name.url, ...(key === undefined ? {} : { apiKey: key }) };
        return createOpenAICompatible(options)(name.model);
      }
    }
  } catch (cause) {
    throw notInstalled(cause);
  }
}

/** The parts of the AI SDK, or an error that says how to get them. @throws ElixirScopeError `AI_NOT_INSTALLED` */
export async function aiSdk(): Promise<typeof import("ai")> {
  try {
    return await import("ai");
  } catch (cause) {
    throw notInstalled(cause);
  }
}

function notInstalled(cause: unknown): unknown {
  if ((cause as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") return cause;
  return new ElixirScopeError(
    "AI_NOT_INSTALLED",
    "The AI SDK is not installed beside ElixirScope: npm install ai@6 @ai-sdk/anthropic@3 @ai-sdk/openai@3 @ai-sdk/openai-compatible@2. Without --model the detectors answer alone.",
    { cause: String(cause) },
  );
}
