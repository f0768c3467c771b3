/**
 * Rows of `requirements.ts` that no test cites yet, each with the reason. A row that is cited must leave this list:
 * the test of the ledger fails until it does.
 */
export const PENDING: Readonly<Record<string, string>> = {
  "state.live-view":
    "seen on live LiveViews, by test/node/phoenix-live.test.ts where a Phoenix node is named",
  "state.channel": "a channel is a gen_server; not tried on a live one",
};
