import { z } from "zod";
import { type AgentOptions, LEVELS, type Level } from "../model/index.ts";
import { type ControlInput, controlSchema } from "./control.ts";
import { agentSchema } from "./limits.ts";

/** What one attaches to often, under a name. It says where secrets are, and has none. */
export interface Profile {
  readonly node: string;
  /** Absolute path of the file with the cookie. */
  readonly cookieFile?: string | undefined;
  readonly way?: ProfileWay | undefined;
  readonly recorded?: ProfileRecorded | undefined;
  /** All nodes of its cluster. */
  readonly cluster?: boolean | undefined;
}

/** As `Way`, with files in the place of what is in them. */
export interface ProfileWay {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly ssh?: { readonly destination: string; readonly keyFile?: string | undefined } | undefined;
  readonly tls?:
    | {
        readonly caFile?: string | undefined;
        readonly certFile?: string | undefined;
        readonly keyFile?: string | undefined;
        readonly serverName?: string | undefined;
      }
    | undefined;
}

/** What is recorded, as `attach` takes it. */
export interface ProfileRecorded extends ControlInput, AgentOptions {
  readonly level?: Level | undefined;
  readonly patterns?: readonly string[] | undefined;
  readonly flows?: readonly string[] | undefined;
  readonly lines?: readonly string[] | undefined;
}

export interface ProfileRow extends Profile {
  readonly name: string;
}

export const PROFILE_NAME: RegExp = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

const text = z.string().min(1).max(4_096);
const texts = z.array(text).max(100).optional();
const path = z.string().regex(/^(?:[/\\]|[A-Za-z]:)/, "is not an absolute path");

export const profileSchema: z.ZodType<Profile> = z.strictObject({
  node: z.string().min(1).max(512),
  cookieFile: path.optional(),
  way: z
    .strictObject({
      host: z.string().min(1).max(255).optional(),
      port: z.number().int().min(1).max(65_535).optional(),
      ssh: z.strictObject({ destination: z.string().min(1).max(512), keyFile: path.optional() }).optional(),
      tls: z
        .strictObject({
          caFile: path.optional(),
          certFile: path.optional(),
          keyFile: path.optional(),
          serverName: z.string().min(1).max(255).optional(),
        })
        .optional(),
    })
    .optional(),
  recorded: z
    .strictObject({
      level: z.enum(LEVELS).optional(),
      patterns: texts,
      flows: texts,
      lines: texts,
      ...controlSchema,
      ...agentSchema,
    })
    .optional(),
  cluster: z.boolean().optional(),
});
