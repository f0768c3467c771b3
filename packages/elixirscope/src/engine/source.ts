import { ElixirScopeError, parseMfaPattern, type SourceText } from "../model/index.ts";
import type { SourceAnswer, SourceInput, SourceOrigin } from "../protocol/index.ts";
import { atomText } from "../query/index.ts";
import { Redactor, sourceText } from "../tracer/index.ts";
import { localSource } from "./local-source.ts";
import type { NodeLink } from "./node-link.ts";
import type { Recorder } from "./recorder.ts";

const REASONS: Readonly<Record<string, string>> = {
  no_file:
    "its source is not on the node (a release carries none), nor on this machine under the path where it was compiled.",
  too_large: "its source is longer than 512 KiB.",
  unreadable: "the node may not read its source.",
  not_loaded: "the node has not loaded it.",
};
const NOT_KEPT = "its source was not kept in the recording, and is not on this machine.";

/**
 * The source of a module: of a node that is attached, else as the recording has it, else from this machine. What is
 * found while recording is kept, so that the recording has it wherever it is shown.
 * @throws ElixirScopeError `BAD_MFA_PATTERN`, `QUERY_NO_SUCH_MODULE`
 */
export async function source(
  recorder: Recorder,
  links: readonly NodeLink[],
  { module: text }: SourceInput,
): Promise<SourceAnswer> {
  const { module } = parseMfaPattern(text);
  const { sources, lookup } = recorder;
  const asNow = (await Promise.all(links.map((link) => link.sourceTexts("all", [module])))).flat();
  const now = asNow.find((one) => one.text !== null) ?? asNow.find(isLoaded) ?? asNow[0];
  const kept = sources.text(module);
  const known = now !== undefined && isLoaded(now);
  if (!known && !kept && sources.file(module) === null && !lookup.knowsModule(module)) throw unknown(text);
  const found = await foundIn(recorder, module, known ? now : undefined, kept);
  if (found && links.length > 0 && found.origin !== "recording") recorder.addSourceText(found.source);
  const told = found?.source ?? (known ? now : kept);
  return {
    module: atomText(module),
    file: told?.file || sources.file(module),
    text: found?.source.text ?? null,
    origin: found?.origin ?? null,
    why: found
      ? ""
      : `There is no source to show of ${atomText(module)}: ${REASONS[now?.reason ?? ""] ?? NOT_KEPT}`,
    hash: found?.source.hash ?? "",
    changed: told?.changed ?? false,
    executable: told?.executable ?? null,
    functions: sources.functions(module),
    editor: process.env.ELIXIRSCOPE_EDITOR ?? process.env.PLUG_EDITOR ?? null,
  };
}

const isLoaded = ({ reason }: SourceText): boolean => reason !== "not_loaded";

const unknown = (module: string): ElixirScopeError =>
  new ElixirScopeError(
    "QUERY_NO_SUCH_MODULE",
    `Nothing is known of ${module}: it is not loaded on the node, and not in the recording. Modules that are: elixirscope query modules.`,
    { module },
  );

interface Found {
  readonly source: SourceText;
  readonly origin: SourceOrigin;
}

async function foundIn(
  recorder: Recorder,
  module: string,
  now: SourceText | undefined,
  kept: SourceText | undefined,
): Promise<Found | undefined> {
  if (now && now.text !== null) return { source: now, origin: "node" };
  if (kept && kept.text !== null) return { source: kept, origin: "recording" };
  const file = now?.file || recorder.sources.file(module) || "";
  const bytes = await localSource(file);
  if (!bytes) return undefined;
  const { executable = null } = now ?? kept ?? {};
  const redactor = recorder.redaction.length > 0 ? new Redactor(recorder.redaction) : undefined;
  const read = { module, file, bytes, reason: "", changed: false, executable, redactor };
  return { source: sourceText(read), origin: "this_machine" };
}
