/**
 * Rows of `requirements.ts` that no test cites yet, each with the reason. A row that is cited must leave this list:
 * the test of the ledger fails until it does.
 */
export const PENDING: Readonly<Record<string, string>> = {};
