/** Where the sources lie for the editor: a container has them elsewhere. */
export interface PathMapping {
  readonly from: string;
  readonly to: string;
}

/** Editors that are offered by name; any other is a link with __FILE__ and __LINE__, as in PLUG_EDITOR. */
export const EDITORS: readonly { readonly name: string; readonly template: string }[] = [
  { name: "VS Code", template: "vscode://file/__FILE__:__LINE__" },
  { name: "Cursor", template: "cursor://file/__FILE__:__LINE__" },
  { name: "Zed", template: "zed://file/__FILE__:__LINE__" },
  { name: "Emacs", template: "org-protocol://open-source?url=file://__FILE__&line=__LINE__" },
  { name: "TextMate", template: "txmt://open/?url=file://__FILE__&line=__LINE__" },
];

/** What runs in the page, or reads from it, opens no editor. */
const REFUSED = /^(?:javascript|data|vbscript|blob|about|file|https?):/i;

/** Why a link cannot be used; undefined where it can. */
export function editorProblem(template: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(template) || REFUSED.test(template))
    return "It begins with the editor’s own scheme, such as vscode://";
  if (!template.includes("__FILE__")) return "__FILE__ is missing, where the path goes";
  return undefined;
}

/** The link that opens a line; undefined where the template is none. */
export function editorLink(
  template: string,
  { file, line, mapping }: { readonly file: string; readonly line: number; readonly mapping: PathMapping },
): string | undefined {
  if (editorProblem(template) !== undefined) return undefined;
  const path = encodeURI(mapped(file, mapping)).replace(/[?#]/g, encodeURIComponent);
  // `vscode://file//app` has one slash too many: a path begins with its own. `file:///app` has not.
  const link = path.startsWith("/") ? template.replace(/([^/])\/__FILE__/g, "$1__FILE__") : template;
  return link.replace(/__FILE__/g, () => path).replace(/__LINE__/g, String(line));
}

function mapped(file: string, { from, to }: PathMapping): string {
  const root = from.replace(/\/+$/, "");
  if (root === "" || to === "" || (file !== root && !file.startsWith(`${root}/`))) return file;
  return to.replace(/\/+$/, "") + file.slice(root.length);
}
