import { dropProfile, profilesPath, readProfiles, saveProfile } from "../../profiles/index.ts";
import type { Profile, ProfileRow, ProfileWay } from "../../protocol/index.ts";
import { EXIT, usageError } from "../errors.ts";
import { jsonLine } from "../output.ts";
import { type Column, renderTable } from "../table.ts";
import type { Context } from "../terminal.ts";
import { absolute, type WayOptions } from "../way-options.ts";
import { type AttachOptions, recordedInput } from "./attach-options.ts";

export interface ProfilesOptions {
  readonly json?: boolean | undefined;
}

export interface AddProfileOptions extends AttachOptions {
  readonly cluster?: boolean | undefined;
  readonly replace?: boolean | undefined;
}

interface Words {
  readonly what: string | undefined;
  readonly name: string | undefined;
  readonly node: string | undefined;
}

/** Lists the profiles, adds one, or takes one away. */
export async function profiles(
  context: Context,
  words: Words,
  options: AddProfileOptions & ProfilesOptions,
): Promise<number> {
  const path = profilesPath(context.env);
  switch (words.what) {
    case undefined:
      return list(context, await readProfiles(path), options);
    case "add":
      return add(context, path, words, options);
    case "remove":
      if (words.name === undefined || words.node !== undefined)
        throw usageError("Say which profile.", "elixirscope profiles remove NAME");
      await dropProfile(words.name, path);
      if (!options.json) context.err.line(`The profile ${words.name} is gone.`);
      return EXIT.ok;
    default:
      throw usageError(
        `profiles knows add and remove, not ${words.what}.`,
        `To attach by it: elixirscope attach ${words.what}`,
      );
  }
}

async function add(
  context: Context,
  path: string,
  { name, node }: Words,
  options: AddProfileOptions & ProfilesOptions,
): Promise<number> {
  if (name === undefined || node === undefined)
    throw usageError(
      "Say what to call it, and which node.",
      "elixirscope profiles add NAME NODE [options of attach]",
    );
  await saveProfile(name, profileOf(context, node, options), { replace: options.replace === true, path });
  if (options.json) jsonLine(context.out, { name, ...profileOf(context, node, options) });
  else context.err.line(`The profile ${name} is kept in ${path}. Attach by it: elixirscope attach ${name}`);
  return EXIT.ok;
}

function profileOf(context: Context, node: string, options: AddProfileOptions): Profile {
  if (options.cookie !== undefined || options.cookieFile === "-") {
    throw usageError(
      "A profile holds no secret.",
      "Keep the cookie in a file that only you can read, and name that: --cookie-file FILE",
    );
  }
  if (options.profile !== undefined)
    throw usageError("A profile is not made of another one: leave --profile away.");
  const way = profileWay(context, options);
  const { level, ...recorded } = recordedInput(options);
  const isSaid = [options.level, options.trace, options.flow, options.lines].some((one) => one?.length);
  const all = { ...(isSaid && { level }), ...recorded };
  return {
    node,
    ...(options.cookieFile === undefined ? {} : { cookieFile: absolute(context, options.cookieFile) }),
    ...(Object.keys(way).length > 0 && { way }),
    ...(Object.keys(all).length > 0 && { recorded: all }),
    ...(options.cluster && { cluster: true }),
  };
}

/** Files by their absolute paths: a profile is used from anywhere. */
function profileWay(context: Context, options: WayOptions): ProfileWay {
  const { host, distPort: port, ssh: destination, sshKey, tlsCa, tlsCert, tlsKey, tlsName } = options;
  const file = (path: string | undefined): string | undefined => path && absolute(context, path);
  if (destination === undefined && sshKey !== undefined)
    throw usageError("--ssh-key stands alone.", "Say where it is for: --ssh user@host --ssh-key FILE");
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw usageError("--tls-cert and --tls-key belong together.");
  const tls = given({
    caFile: file(tlsCa),
    certFile: file(tlsCert),
    keyFile: file(tlsKey),
    serverName: tlsName,
  });
  const ssh = destination === undefined ? undefined : given({ destination, keyFile: file(sshKey) });
  const isTls = options.tls === true || Object.keys(tls).length > 0;
  return given({ host, port, ssh, tls: isTls ? tls : undefined });
}

const given = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;

function list({ out, err }: Context, rows: readonly ProfileRow[], { json }: ProfilesOptions): number {
  if (json) for (const row of rows) jsonLine(out, row);
  else if (rows.length > 0) out.line(renderTable(COLUMNS, rows, out.columns, out.color));
  else err.line(err.color.dim("There are no profiles. Make one: elixirscope profiles add NAME NODE"));
  return EXIT.ok;
}

const COLUMNS: readonly Column<ProfileRow>[] = [
  { title: "PROFILE", value: ({ name }) => name, shrinksTo: 10 },
  {
    title: "NODE",
    value: ({ node, cluster }) => (cluster ? `${node} and its cluster` : node),
    shrinksTo: 14,
  },
  { title: "WAY", value: (row) => wayText(row), shrinksTo: 10, dispensable: 2 },
  { title: "LEVEL", value: ({ recorded }) => recorded?.level ?? "–", dispensable: 3 },
  { title: "COOKIE FILE", value: ({ cookieFile }) => cookieFile ?? "–", shrinksTo: 12, dispensable: 4 },
];

function wayText({ way }: ProfileRow): string {
  if (!way) return "–";
  const { host, port, ssh, tls } = way;
  const words = [
    ssh && `ssh ${ssh.destination}`,
    tls && "tls",
    host && `host ${host}`,
    port && `port ${port}`,
  ];
  return words.filter(Boolean).join(", ");
}
