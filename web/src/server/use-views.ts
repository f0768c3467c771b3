import { useQueryClient } from "@tanstack/react-query";
import type { SavedView } from "elixirscope/protocol";
import { useSyncExternalStore } from "react";
import { onSetting, setSetting, stored } from "../parts/setting.ts";
import { AskError, ask } from "./ask.ts";
import { useAnswer } from "./hooks.ts";

export interface ShownView extends SavedView {
  /** Where it is kept: in the recording, or in this browser where that cannot be written. */
  readonly kept: "recording" | "browser";
}

export interface Views {
  readonly views: readonly ShownView[];
  /** The sentence that says what became of it. @throws never */
  readonly save: (view: SavedView, was?: ShownView) => Promise<string>;
  readonly drop: (view: ShownView) => Promise<string>;
}

const NAME = "views";

/** Saved views: those of the recording, and those that only this browser has. */
export function useViews(enabled = true): Views {
  const client = useQueryClient();
  const { data } = useAnswer("views", {}, { enabled });
  const here = parsed(useSyncExternalStore(onSetting, () => stored(NAME)));
  const answered = (views: readonly SavedView[]): void => {
    client.setQueryData(["views", {}], views);
  };
  return {
    views: [
      ...(data ?? []).map((view) => ({ ...view, kept: "recording" }) as const),
      ...here.map((view) => ({ ...view, kept: "browser" }) as const),
    ],
    save: (view, was) =>
      told(async () => {
        try {
          if (was?.kept === "browser") putHere(here, view, was.name);
          else answered(await ask("saveView", { ...view, ...(was && { was: was.name }) }));
          return `Saved as ${view.name}.`;
        } catch (error) {
          if (!(error instanceof AskError) || error.code !== "STORE_READ_ONLY" || was) throw error;
          putHere(here, view, view.name);
          return `Saved as ${view.name} in this browser: the recording is only read.`;
        }
      }),
    drop: (view) =>
      told(async () => {
        if (view.kept === "recording") answered(await ask("dropView", { name: view.name }));
        else setHere(here.filter(({ name }) => name !== view.name));
        return `Deleted ${view.name}.`;
      }),
  };
}

async function told(work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const putHere = (here: readonly SavedView[], view: SavedView, was: string): void =>
  setHere([...here.filter(({ name }) => name !== was && name !== view.name), view]);

const setHere = (views: readonly SavedView[]): void => setSetting(NAME, JSON.stringify(views));

function parsed(text: string | null): readonly SavedView[] {
  try {
    const list: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(list) ? list.filter(isView) : [];
  } catch {
    return [];
  }
}

function isView(one: unknown): one is SavedView {
  const { name, href } = (one ?? {}) as Partial<SavedView>;
  return typeof name === "string" && typeof href === "string" && /^\/(?!\/)/.test(href);
}
