import type { Status } from "../protocol/index.ts";

/** What a person is told when acts on nodes are not written down; "" while they are. */
export const auditWarning = ({ auditTrouble }: Status): string =>
  auditTrouble === undefined ? "" : `What is done on the node is not being written down. ${auditTrouble}`;
