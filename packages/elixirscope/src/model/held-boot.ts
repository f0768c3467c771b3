/** A node that waits in its boot until it is traced, and what lets it go on. `elixirscope run` starts such nodes. */
export interface HeldBoot {
  /** The name in the node's `sync_nodes_optional`: its kernel waits for this node. */
  readonly awaited: string;
  /** Environment variables to set before it goes on, so that what it starts itself does not get them; null: unset. */
  readonly env: Readonly<Record<string, string | null>>;
}
