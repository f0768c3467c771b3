import type { SourceAnswer } from "elixirscope/protocol";
import { Settings2, SquarePen } from "lucide-react";
import { type ReactElement, useState } from "react";
import { EDITORS, editorLink, editorProblem } from "../../domain/editor-link.ts";
import { Popover } from "../../parts/popover.tsx";
import { useTextSetting } from "../../parts/setting.ts";
import { usePlace } from "../../place/use-place.ts";

/** Opens the line in the user's editor; which one is the reader's choice, else ELIXIRSCOPE_EDITOR or PLUG_EDITOR. */
export function EditorButton({ source }: { readonly source: SourceAnswer }): ReactElement | null {
  const { line } = usePlace();
  const [isOpen, setOpen] = useState(false);
  const [own] = useTextSetting("editor");
  const [from] = useTextSetting("editor.from");
  const [to] = useTextSetting("editor.to");
  const { file, editor, functions } = source;
  if (file === null) return null;
  const template = own || editor || EDITORS[0]!.template;
  const at = typeof line === "string" ? (functions[line] ?? 1) : (line ?? 1);
  const link = editorLink(template, { file, line: at, mapping: { from, to } });
  return (
    <span className="editor-button">
      {link && (
        <a className="button small" href={link} title={link}>
          <SquarePen size={12} aria-hidden="true" /> Open in editor
        </a>
      )}
      <button
        type="button"
        className="button small"
        aria-label="Which editor"
        title="Which editor"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <Settings2 size={12} aria-hidden="true" />
      </button>
      {isOpen && (
        <Popover label="Editor" align="end" onClose={() => setOpen(false)}>
          <EditorForm template={template} file={file} />
        </Popover>
      )}
    </span>
  );
}

function EditorForm({ template, file }: { readonly template: string; readonly file: string }): ReactElement {
  const [own, setOwn] = useTextSetting("editor");
  const [from, setFrom] = useTextSetting("editor.from");
  const [to, setTo] = useTextSetting("editor.to");
  const problem = own === "" ? undefined : editorProblem(own);
  return (
    <div className="editor-form">
      <label>
        Link, with __FILE__ and __LINE__
        <input
          type="text"
          spellCheck={false}
          list="editors"
          placeholder={template}
          value={own}
          aria-describedby="editor-problem"
          onChange={({ target }) => setOwn(target.value)}
        />
        <datalist id="editors">
          {EDITORS.map(({ name, template: value }) => (
            <option key={name} value={value}>
              {name}
            </option>
          ))}
        </datalist>
      </label>
      <p id="editor-problem" className={problem ? "failed" : "muted"}>
        {problem ?? "Empty: as ELIXIRSCOPE_EDITOR or PLUG_EDITOR say, else VS Code."}
      </p>
      <label>
        Paths on the node begin with
        <input
          type="text"
          spellCheck={false}
          placeholder={file.split("/").slice(0, 2).join("/")}
          value={from}
          onChange={({ target }) => setFrom(target.value)}
        />
      </label>
      <label>
        and here with
        <input
          type="text"
          spellCheck={false}
          placeholder="/home/me/my_app"
          value={to}
          onChange={({ target }) => setTo(target.value)}
        />
      </label>
    </div>
  );
}
