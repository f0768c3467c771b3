import type { Made, TestSources } from "./generate-tests-query.ts";
export async function requestTests(_id: number, _sources: TestSources): Promise<Made> {
  return { modules: [], left: [], alike: 0 };
}
