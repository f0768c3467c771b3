import { type ReactElement, useMemo, useState } from "react";
import type { Token } from "../domain/elixir-tokens.ts";
import { count } from "../domain/format.ts";
import { flatten, parseTerm, type TermBranch, type TermNode } from "../domain/term-tree.ts";
import { ProcessLink } from "./process-link.tsx";
import { Tokens } from "./term-inline.tsx";

const LINE = 46;
const OPEN_DEPTH = 4;
const PAGE = 50;

/** A whole term, laid out as IEx does, its parts foldable; pids are links. */
export function TermView({ text }: { readonly text: string }): ReactElement {
  const nodes = useMemo(() => parseTerm(text), [text]);
  return (
    <div className="term" role="group" aria-label="Term">
      {nodes.map((node, index) => (
        <NodeView key={index} node={node} depth={0} last={index === nodes.length - 1} />
      ))}
    </div>
  );
}

interface NodeProps {
  readonly node: TermNode;
  readonly depth: number;
  readonly last: boolean;
}

function NodeView(props: NodeProps): ReactElement {
  const { node, depth, last } = props;
  const room = Math.max(16, LINE - depth * 2);
  if (node.type === "branch" && node.length > room && node.items.length > 0) {
    return <BranchView {...props} node={node} />;
  }
  return (
    <div className="term-line">
      <LinkedTokens tokens={flatten(node)} />
      {!last && ","}
    </div>
  );
}

function BranchView({ node, depth, last }: NodeProps & { readonly node: TermBranch }): ReactElement {
  const [open, setOpen] = useState(depth < OPEN_DEPTH);
  const [shown, setShown] = useState(PAGE);
  const end = <BranchEnd node={node} last={last} />;
  return (
    <div className="term-branch">
      <button type="button" className="term-fold" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className="fold-sign" aria-hidden="true" />
        <Tokens tokens={node.lead} />
        {node.lead.length > 0 && " "}
        <Tokens tokens={[node.open]} />
        {!open && <span className="term-count"> {count(node.items.length)} items </span>}
        {!open && end}
      </button>
      {open && (
        <div className="term-items">
          {node.items.slice(0, shown).map((item, index) => (
            <NodeView key={index} node={item} depth={depth + 1} last={index === node.items.length - 1} />
          ))}
          {node.items.length > shown && (
            <button type="button" className="link-button" onClick={() => setShown(shown + 10 * PAGE)}>
              show more of {count(node.items.length - shown)} further items
            </button>
          )}
        </div>
      )}
      {open && <div className="term-line">{end}</div>}
    </div>
  );
}

function BranchEnd({ node, last }: { readonly node: TermBranch; readonly last: boolean }): ReactElement {
  return (
    <>
      {node.close && <Tokens tokens={[node.close]} />}
      {node.trail.length > 0 && " "}
      <Tokens tokens={node.trail} />
      {!last && ","}
    </>
  );
}

function LinkedTokens({ tokens }: { readonly tokens: readonly Token[] }): ReactElement {
  return (
    <>
      {tokens.map((token, index) =>
        token.type === "pid" ? (
          <ProcessLink
            key={index}
            process={{ handle: token.text, pid: token.text, label: token.text, name: null }}
          />
        ) : (
          <Tokens key={index} tokens={[token]} />
        ),
      )}
    </>
  );
}
