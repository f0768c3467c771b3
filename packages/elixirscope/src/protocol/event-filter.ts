import { z } from "zod";
import { EVENT_KINDS, type EventKind } from "../model/index.ts";

/** What happened on one node, where a recording has several. */
export interface NodeFilter {
  /** Number of a node, as in `NodeStatus.index`, or its name (`shop@127.0.0.1`, `shop`), which means each life of it. */
  readonly node?: number | string | undefined;
}

/** Which events a question is about: all that is given has to hold. */
export interface EventsFilter extends NodeFilter {
  readonly kinds?: readonly EventKind[] | undefined;
  /** In either role: subject or peer. A registered name means all processes that ever held it; `*` stands for any characters. */
  readonly process?: string | undefined;
  /** As the one that did it (sent, received, called, ended …), likewise named. */
  readonly subject?: string | undefined;
  /** As the other one (receiver, child, linked one, caller of a callback), likewise named. */
  readonly peer?: string | undefined;
  /** `MyApp.Cart.add/2`, `MyApp.*`, `MyApp.*.add/2`, `*Server.handle_call/3`. */
  readonly mfa?: string | undefined;
  /** Shape of a message, first atom of an exit reason, name …; `*` stands for any characters. */
  readonly tag?: string | undefined;
  /** Bytes of the event's term. */
  readonly minBytes?: number | undefined;
  readonly maxBytes?: number | undefined;
  /** What the processes of a flow did and sent while they were at it: `f-12`. */
  readonly flow?: string | undefined;
  /** Instants `t`, inclusive. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Ids of events, exclusive. */
  readonly afterId?: number | undefined;
  readonly beforeId?: number | undefined;
}

const id = z.number().int().nonnegative();
const instant = z.number().int();
const named = z.string().min(1).max(512);

/** Checks for {@link NodeFilter}, to be spread into an object's schema. */
export const nodeSchema: { readonly node: z.ZodType<NodeFilter["node"]> } = {
  node: z.union([id, named]).optional(),
};

/** Checks for {@link EventsFilter}, to be spread into an object's schema. */
export const eventsFilterSchema: {
  readonly [K in keyof EventsFilter]-?: z.ZodType<EventsFilter[K]>;
} = {
  ...nodeSchema,
  kinds: z.array(z.enum(Object.keys(EVENT_KINDS) as [EventKind, ...EventKind[]])).optional(),
  process: named.optional(),
  subject: named.optional(),
  peer: named.optional(),
  mfa: named.optional(),
  tag: named.optional(),
  minBytes: id.optional(),
  maxBytes: id.optional(),
  flow: named.optional(),
  from: instant.optional(),
  to: instant.optional(),
  afterId: id.optional(),
  beforeId: id.optional(),
};
