import { atom, binary, type Term, tuple } from "@elixirscope/etf";
import type { ScopeInput } from "../protocol/index.ts";

/** A scope as the agent takes it: who is traced (`undefined`: everybody), and who never is. */
export interface ScopeTerms {
  readonly only: readonly Term[] | undefined;
  readonly except: readonly Term[];
}

/** @param processTerm the pid or name of a process that a person named */
export function scopeTerms(scope: ScopeInput, processTerm: (text: string) => Term): ScopeTerms {
  const only = [
    ...(scope.processes ?? []).map(processTerm),
    ...(scope.apps ?? []).map(application),
    ...(scope.modules ?? []).map(modules),
    ...(scope.under ?? []).map((text) => tuple(atom("under"), processTerm(text))),
  ];
  return {
    only: only.length === 0 ? undefined : only,
    except: (scope.except ?? []).map((text) => exception(text, processTerm)),
  };
}

function exception(text: string, processTerm: (text: string) => Term): Term {
  const [, kind, rest] = /^(app|under):(.+)$/.exec(text) ?? [];
  if (kind === "app") return application(rest!);
  if (kind === "under") return tuple(atom("under"), processTerm(rest!));
  return text.endsWith(".*") ? modules(text) : processTerm(text);
}

const application = (text: string): Term => tuple(atom("app"), atom(text.replace(/^:/, "")));

/** `MyApp`, `MyApp.*`, `:ranch`, `ranch.*`: the module and those below it. */
function modules(text: string): Term {
  const name = text.replace(/\.\*$/, "");
  return tuple(atom("in"), binary(/^[A-Z]/.test(name) ? `Elixir.${name}` : name.replace(/^:/, "")));
}
