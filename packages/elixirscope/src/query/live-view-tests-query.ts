import type { Made, TestSources } from "./generate-tests-query.ts";
export async function liveViewTests(_id: string, _sources: TestSources): Promise<Made> {
  return { modules: [], left: [], alike: 0 };
}
