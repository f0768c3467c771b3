import { z } from "zod";
import { type BoundariesAnswer, type BoundariesInput, boundariesSchema } from "./boundary-answers.ts";
import { type NodeFilter, nodeSchema } from "./event-filter.ts";
import type {
  BroadcastList,
  ChannelList,
  LiveViewAnswer,
  LiveViewList,
  PresenceList,
  RequestAnswer,
  RequestList,
  TopicList,
} from "./phoenix-answers.ts";
import { type WorkMethods, workSchemas } from "./work-answers.ts";

/** Questions that can be asked of an instant of the past, too. */
export interface InstantInput extends NodeFilter {
  /** As it was known at this instant, `t`; absent: now, or at the end of the recording. */
  readonly t?: number | undefined;
}

export interface RequestsInput extends InstantInput {
  /** Part of the path. */
  readonly path?: string | undefined;
  /** Only those with an error or a status from 500 on. */
  readonly failed?: boolean | undefined;
  /** Default `newest`. */
  readonly sort?: "newest" | "slowest" | undefined;
  /** Default 100, at most 2,000. */
  readonly limit?: number | undefined;
}

export interface LiveViewsInput extends InstantInput {
  /** Part of the view's module or of the id. */
  readonly search?: string | undefined;
  readonly limit?: number | undefined;
}

export interface LiveViewInput extends Pick<InstantInput, "t"> {
  readonly liveView: string;
}

export interface TopicsInput extends InstantInput {
  /** Part of the topic. */
  readonly search?: string | undefined;
  /** Broadcasts are counted among so many of the newest events, or some more; default 5,000, at most 50,000. */
  readonly read?: number | undefined;
}

export interface BroadcastsInput extends InstantInput {
  /** The whole topic. */
  readonly topic?: string | undefined;
  /** Only those that reached nobody. */
  readonly unheard?: boolean | undefined;
  readonly limit?: number | undefined;
}

export interface ChannelsInput extends InstantInput {
  /** Part of the topic. */
  readonly search?: string | undefined;
  readonly limit?: number | undefined;
}

export interface PresencesInput extends InstantInput {
  /** Part of the topic or of the key. */
  readonly search?: string | undefined;
  /** Only those that are there now, or when the record ends. */
  readonly present?: boolean | undefined;
  readonly limit?: number | undefined;
}

/** Questions about Phoenix; part of `Methods`. */
export interface PhoenixMethods extends WorkMethods {
  readonly requests: { readonly input: RequestsInput; readonly output: RequestList };
  /** One request with its pipeline: by its id, or that of an event in it. */
  readonly request: { readonly input: { readonly id: number }; readonly output: RequestAnswer };
  /** The newest first. */
  readonly liveViews: { readonly input: LiveViewsInput; readonly output: LiveViewList };
  /** One LiveView with its history: by its id (`phx-…`) or one of its processes. */
  readonly liveView: { readonly input: LiveViewInput; readonly output: LiveViewAnswer };
  readonly topics: { readonly input: TopicsInput; readonly output: TopicList };
  /** The newest first. */
  readonly broadcasts: { readonly input: BroadcastsInput; readonly output: BroadcastList };
  /** Of the node that is attached; asks it. Where none is: what was found last while it was recorded. */
  readonly boundaries: { readonly input: BoundariesInput; readonly output: BoundariesAnswer };
  /** The newest first. */
  readonly channels: { readonly input: ChannelsInput; readonly output: ChannelList };
  /** Who joined and left topics, the newest first. */
  readonly presences: { readonly input: PresencesInput; readonly output: PresenceList };
}

const text = z.string().max(512);
const limit = z.number().int().min(1).max(2_000);
const t = z.number().int().optional();

export const phoenixSchemas: {
  readonly [M in keyof PhoenixMethods]: z.ZodType<PhoenixMethods[M]["input"]>;
} = {
  ...workSchemas,
  requests: z.strictObject({
    ...nodeSchema,
    t,
    path: text.optional(),
    failed: z.boolean().optional(),
    sort: z.enum(["newest", "slowest"]).optional(),
    limit: limit.optional(),
  }),
  request: z.strictObject({ id: z.number().int().min(1) }),
  liveViews: z.strictObject({ ...nodeSchema, t, search: text.optional(), limit: limit.optional() }),
  liveView: z.strictObject({ t, liveView: text.min(1) }),
  boundaries: boundariesSchema,
  topics: z.strictObject({
    ...nodeSchema,
    t,
    search: text.optional(),
    read: z.number().int().min(1).max(50_000).optional(),
  }),
  broadcasts: z.strictObject({
    ...nodeSchema,
    t,
    topic: text.optional(),
    unheard: z.boolean().optional(),
    limit: limit.optional(),
  }),
  channels: z.strictObject({ ...nodeSchema, t, search: text.optional(), limit: limit.optional() }),
  presences: z.strictObject({
    ...nodeSchema,
    t,
    search: text.optional(),
    present: z.boolean().optional(),
    limit: limit.optional(),
  }),
};
