import type { TreeNode } from "elixirscope/protocol";

// What comes with Erlang/OTP and Elixir: below the application somebody is working on.
const RUNTIME = new Set(
  "kernel stdlib elixir logger iex mix eex ex_unit hex ssl crypto public_key asn1 inets runtime_tools compiler sasl os_mon syntax_tools xmerl tools ssh snmp mnesia observer wx".split(
    " ",
  ),
);

const rank = ({ type, key }: TreeNode): number => {
  if (type !== "application") return 2;
  return RUNTIME.has(key.replace(/^app:/, "").replace(/^:/, "")) ? 1 : 0;
};

/** Roots of the tree with the user's own applications first, those of the runtime next, the rest last. */
export const ownFirst = (roots: readonly TreeNode[]): readonly TreeNode[] =>
  roots.toSorted((a, b) => rank(a) - rank(b));

/** Is it an application of the runtime, which starts folded? */
export const isRuntime = (node: TreeNode): boolean => rank(node) === 1;
