import { InvalidArgumentError } from "commander";
import type { AggregateInput } from "../protocol/index.ts";
import { AGGREGATE_KEY_NAMES, MEASURE_NAMES, STATISTICS, type Statistic } from "./vocabulary.ts";

// What commander calls with the text of an option of `aggregate`.

/** What is summed up, and which column is told; undefined: all of them. */
export interface Summed {
  readonly measure: NonNullable<AggregateInput["of"]>;
  readonly statistic: Statistic | undefined;
}

/** `duration:p95`, `events`. */
export function measureOf(text: string): Summed {
  const [measure = "", statistic] = text.split(":");
  const known = MEASURE_NAMES.find((name) => name === measure);
  const told = STATISTICS.find((name) => name === statistic);
  if (known && (statistic === undefined || told)) return { measure: known, statistic: told };
  throw new InvalidArgumentError(
    `${text} is nothing that can be summed up. Write ${MEASURE_NAMES.join(", ")}, and behind a colon ${STATISTICS.join(", ")}: duration:p95.`,
  );
}

export function keysOf(text: string): NonNullable<AggregateInput["by"]> {
  return text.split(",").map((word) => {
    const key = AGGREGATE_KEY_NAMES.find((name) => name === word.trim());
    if (key) return key;
    throw new InvalidArgumentError(
      `There is no ${word.trim()} to group by. There are: ${AGGREGATE_KEY_NAMES.join(", ")}.`,
    );
  });
}
