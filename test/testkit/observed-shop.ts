import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine } from "elixirscope/engine";
import type { EventRow } from "elixirscope/protocol";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { elixir, startElixirNode } from "./elixir-node.ts";
import type { ErlangNode } from "./erlang-node.ts";
import { SHOP_MODULES } from "./shop.ts";

/** A node with the shop on it for all tests of a file, and a recording for each of them. */
export interface ObservedShop {
  readonly node: ErlangNode;
  readonly engine: Engine;
  readonly attach: (level?: "observe" | "messages" | "state") => Promise<unknown>;
  /** What was recorded of a kind, oldest first. */
  readonly events: (kind: EventRow["kind"], process?: string) => Promise<readonly EventRow[]>;
}

/** To be called once in a file, outside of its tests. @param name of the node */
export function observedShop(name: string): ObservedShop {
  let node: ErlangNode;
  let engine: Engine;
  let folder: string;

  beforeAll(async () => {
    node = await startElixirNode({ name });
    process.env.ERL_EPMD_PORT = String(node.epmdPort);
    await elixir(node, SHOP_MODULES);
    // What is logged is not printed: the console is the test's.
    await node.eval("[logger:set_handler_config(Id, level, none) || Id <- logger:get_handler_ids()]");
  });
  afterAll(() => node.stop());

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), `${name}-`));
    engine = await Engine.start({ version: "0.0.0", recording: join(folder, "r.esrec") });
  });
  afterEach(async () => {
    await engine.stop();
    rmSync(folder, { recursive: true });
  });

  return {
    get node() {
      return node;
    },
    get engine() {
      return engine;
    },
    attach: (level = "observe") => engine.call("attach", { node: node.name, cookie: node.cookie, level }),
    events: async (kind, process) => {
      const input = { kinds: [kind], order: "oldest_first", limit: 10_000 } as const;
      return (await engine.call("events", process === undefined ? input : { ...input, process })).rows;
    },
  };
}
