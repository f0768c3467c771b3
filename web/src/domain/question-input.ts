import type { CatalogueEntry, CatalogueParameter } from "elixirscope/protocol";

/** What was typed into a question's form, as its input; or what is wrong, by parameter. */
export type TypedInput =
  | { readonly input: Readonly<Record<string, unknown>> }
  | { readonly wrong: Readonly<Record<string, string>> };

/** By the types of the catalogue; the server checks it again. */
export function questionInput(
  { parameters }: CatalogueEntry,
  given: Readonly<Record<string, string>>,
): TypedInput {
  const input: Record<string, unknown> = {};
  const wrong: Record<string, string> = {};
  for (const parameter of parameters) {
    const text = (given[parameter.name] ?? "").trim();
    if (text === "") {
      if (parameter.required) wrong[parameter.name] = "is needed";
      continue;
    }
    const value = typedValue(parameter, text);
    if (value === undefined) wrong[parameter.name] = `takes ${WORDS[parameter.type]}`;
    else input[parameter.name] = value;
  }
  return Object.keys(wrong).length > 0 ? { wrong } : { input };
}

export const WORDS: Readonly<Record<CatalogueParameter["type"], string>> = {
  text: "text",
  number: "a number",
  boolean: "true or false",
  instant: "seconds since the start, such as 12.5s, or nanoseconds",
  duration: "a duration: 100ms, 1s, or nanoseconds",
  list: "values with commas",
  "number or text": "a number or a name",
  object: "JSON",
};

function typedValue({ type }: CatalogueParameter, text: string): unknown {
  switch (type) {
    case "number":
      return /^-?\d+$/.test(text) ? Number(text) : undefined;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "instant":
    case "duration":
      return nanoseconds(text);
    case "list":
      return text.split(",").map((one) => one.trim());
    case "number or text":
      return /^\d+$/.test(text) ? Number(text) : text;
    case "object":
      return json(text);
    case "text":
      return text;
  }
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  min: 60e9,
  h: 3600e9,
};

function nanoseconds(text: string): number | undefined {
  const [, number, unit = ""] = /^([+-]?\d+(?:\.\d+)?)\s*([a-zµ]*)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  return number === undefined || factor === undefined ? undefined : Math.round(Number(number) * factor);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
