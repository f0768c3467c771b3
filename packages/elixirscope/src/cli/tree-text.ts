import type { Tree, TreeNode } from "../protocol/index.ts";
import { printable } from "./format.ts";
import type { Colors } from "./terminal.ts";

/** The tree as indented lines with branches. */
export function treeLines(tree: Tree, color: Colors): readonly string[] {
  return tree.roots.flatMap((root) => [nodeText(root, color), ...childLines(root, "", color)]);
}

function childLines(node: TreeNode, indent: string, color: Colors): readonly string[] {
  return node.children.flatMap((child, i) => {
    const last = i === node.children.length - 1;
    const branch = color.dim(`${indent}${last ? "└─ " : "├─ "}`);
    return [
      `${branch}${nodeText(child, color)}`,
      ...childLines(child, `${indent}${last ? "   " : "│  "}`, color),
    ];
  });
}

/** `Hello.Counter  #PID<0.150.0>  one_for_one  2 restarts`. */
function nodeText(node: TreeNode, color: Colors): string {
  const label = printable(node.label);
  const id = node.childId === null ? "" : printable(node.childId);
  const parts = [
    styled(node, label, color),
    // The id says something only where it is not the name once more (children of a DynamicSupervisor have none).
    ...(id === "" || id === ":undefined" || id === label ? [] : [color.dim(`id ${id}`)]),
    ...(node.process && node.process.pid !== label ? [color.dim(node.process.pid)] : []),
    ...(node.strategy === "" ? [] : [color.cyan(node.strategy)]),
    ...(node.restarts === 0
      ? []
      : [color.yellow(`${node.restarts} ${node.restarts === 1 ? "restart" : "restarts"}`)]),
    ...(node.restartLimit?.max && node.restartLimit.recent > 0 ? [limitText(node.restartLimit, color)] : []),
    ...(node.answers === false ? [color.red("does not answer")] : []),
    ...(node.alive
      ? []
      : [color.red(node.childState === "restarting" ? "restarting" : node.process ? "gone" : "not running")]),
  ];
  return parts.join("  ");
}

/** `2 of 3 restarts in 5 s`: one more than all of them ends the supervisor. */
const limitText = ({ recent, max, seconds }: NonNullable<TreeNode["restartLimit"]>, color: Colors): string =>
  (recent === max ? color.red : color.yellow)(`${recent} of ${max} restarts in ${seconds} s`);

function styled(node: TreeNode, label: string, color: Colors): string {
  if (node.type === "node" || node.type === "application" || node.type === "group") return color.bold(label);
  if (node.type === "supervisor") return color.bold(color.cyan(label));
  return label;
}
