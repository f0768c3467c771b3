export { Engine, type EngineOptions } from "./engine.ts";
export { EngineClient } from "./engine-client.ts";
