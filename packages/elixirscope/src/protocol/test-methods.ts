import { z } from "zod";

/** What tests are to be made of: events, a process, a flow, a request or a LiveView; exactly one of them. */
export interface GenerateTestsInput {
  /** Ids of `state`, `dispatch` or `receive` events, each of a callback. */
  readonly events?: readonly number[] | undefined;
  /** All that this process did, as far as it differs. */
  readonly process?: string | undefined;
  /** Of the process between these events, inclusive. */
  readonly fromId?: number | undefined;
  readonly toId?: number | undefined;
  /** The callbacks of all processes that took part: `f-12`. */
  readonly flow?: string | undefined;
  /** Id of a request, or of an event in it. */
  readonly request?: number | undefined;
  /** `phx-…`, or one of its processes. */
  readonly liveView?: string | undefined;
  /**
   * - `callbacks` (default): each callback is called with the message and the state that are recorded
   * - `conversation`: a server that goes on from a recorded state is sent the recorded messages, one after the other
   */
  readonly form?: "callbacks" | "conversation" | undefined;
  /** Most tests; default 20, at most 100. */
  readonly limit?: number | undefined;
}

export interface GeneratedTest {
  /** `Hello.Counter.RecordedTest` */
  readonly module: string;
  readonly name: string;
  /** What it was made of. */
  readonly events: readonly number[];
}

export interface GenerateTestsAnswer {
  /** A whole file, laid out as `mix format` leaves it; "" where there is no test. */
  readonly source: string;
  /** Where such a file would go in a project of Mix: `test/hello/counter_recorded_test.exs`. */
  readonly path: string;
  readonly tests: readonly GeneratedTest[];
  /** What no test could be made of, and why. */
  readonly left: readonly {
    readonly events: readonly number[];
    readonly what: string;
    readonly why: string;
  }[];
  /** Behaviours that were the same as one that there is a test of. */
  readonly alike: number;
}

/** Part of `Methods`. */
export interface TestMethods {
  /** ExUnit tests of what was recorded. */
  readonly generateTests: { readonly input: GenerateTestsInput; readonly output: GenerateTestsAnswer };
}

const id = z.number().int().nonnegative();
const named = z.string().min(1).max(512);

export const testSchemas: {
  readonly [M in keyof TestMethods]: z.ZodType<TestMethods[M]["input"]>;
} = {
  generateTests: z
    .strictObject({
      events: z.array(id).min(1).max(100).optional(),
      process: named.optional(),
      fromId: id.optional(),
      toId: id.optional(),
      flow: named.optional(),
      request: id.optional(),
      liveView: named.optional(),
      form: z.enum(["callbacks", "conversation"]).optional(),
      limit: z.number().int().min(1).max(100).optional(),
    })
    .refine(
      ({ events, process, flow, request, liveView }) =>
        [events, process, flow, request, liveView].filter((one) => one !== undefined).length === 1,
      { message: "Give events, a process, a flow, a request or a liveView: one of them.", path: ["process"] },
    ),
};
