import { type LeftOut, requestTest, type TestModule, Unwritable } from "../analysis/index.ts";
import type { PhoenixQuery } from "./phoenix-query.ts";

/** What was made, before it is a file. */
export interface Made {
  readonly modules: readonly TestModule[];
  readonly left: readonly LeftOut[];
  readonly alike: number;
}

/** A test of one request. @throws ElixirScopeError `QUERY_NO_SUCH_REQUEST` */
export async function requestTests(id: number, phoenix: PhoenixQuery): Promise<Made> {
  const request = await phoenix.recordedRequest(id);
  const { event, method, path } = request;
  return attempt([event], `${method} ${path}`, () => requestTest(request));
}

/** One module of tests, or why there is none. */
export function attempt(events: readonly number[], what: string, make: () => TestModule): Made {
  try {
    return { modules: [make()], left: [], alike: 0 };
  } catch (error) {
    if (!(error instanceof Unwritable)) throw error;
    return { modules: [], left: [{ events, what, why: error.message }], alike: 0 };
  }
}
