import { chmod, lstat, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { ElixirScopeError } from "../model/index.ts";
import { PROFILE_NAME, type Profile, type ProfileRow, profileSchema } from "../protocol/index.ts";

// ~/.config/elixirscope/profiles.json: readable and writable by its owner only, since it says where secrets are and what is run.

const VERSION = 1;

const fileSchema = z.strictObject({
  version: z.literal(VERSION),
  profiles: z.record(z.string().regex(PROFILE_NAME), profileSchema),
});

type Content = z.infer<typeof fileSchema>;

export function profilesPath(env: NodeJS.ProcessEnv = process.env): string {
  const config = env["XDG_CONFIG_HOME"] || join(env["HOME"] || homedir(), ".config");
  return join(config, "elixirscope", "profiles.json");
}

/** By name. @throws ElixirScopeError PROFILES_EXPOSED, PROFILES_DAMAGED, PROFILES_NEWER, PROFILES_UNREADABLE */
export async function readProfiles(path: string = profilesPath()): Promise<readonly ProfileRow[]> {
  const { profiles } = await read(path);
  return Object.entries(profiles)
    .map(([name, profile]) => ({ name, ...profile }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

/** @throws ElixirScopeError PROFILES_NO_SUCH, and as {@link readProfiles} */
export async function profileNamed(name: string, path: string = profilesPath()): Promise<Profile> {
  const { profiles } = await read(path);
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile) return profile;
  const known = Object.keys(profiles);
  throw new ElixirScopeError(
    "PROFILES_NO_SUCH",
    `There is no profile ${name}${known.length === 0 ? "" : `; there are ${known.join(", ")}`}. Make it: elixirscope profiles add ${name} NODE`,
    { name, known },
  );
}

/**
 * Writes a profile down, beside the others.
 *
 * @throws ElixirScopeError PROFILES_EXISTS unless it may replace one, PROFILES_BAD_NAME, PROFILES_BAD, PROFILES_UNWRITABLE, and as
 * {@link readProfiles}: then the file stays as it is
 */
export async function saveProfile(
  name: string,
  profile: Profile,
  options: { readonly replace: boolean; readonly path?: string },
): Promise<void> {
  const path = options.path ?? profilesPath();
  if (!PROFILE_NAME.test(name)) {
    throw new ElixirScopeError(
      "PROFILES_BAD_NAME",
      `${JSON.stringify(name)} is no name for a profile: write letters, digits, -, _ and . (at most 64)`,
    );
  }
  const good = profileSchema.safeParse(profile);
  if (!good.success) {
    throw new ElixirScopeError("PROFILES_BAD", `The profile ${name} cannot be kept: ${issuesOf(good.error)}`);
  }
  const content = await read(path);
  if (Object.hasOwn(content.profiles, name) && !options.replace) {
    throw new ElixirScopeError(
      "PROFILES_EXISTS",
      `There is a profile ${name} already: --replace writes over it, elixirscope profiles remove ${name} takes it away`,
    );
  }
  await write(path, { ...content, profiles: { ...content.profiles, [name]: good.data } });
}

/** @throws ElixirScopeError PROFILES_NO_SUCH, PROFILES_UNWRITABLE, and as {@link readProfiles} */
export async function dropProfile(name: string, path: string = profilesPath()): Promise<void> {
  await profileNamed(name, path);
  const content = await read(path);
  const { [name]: _, ...profiles } = content.profiles;
  await write(path, { ...content, profiles });
}

async function read(path: string): Promise<Content> {
  let text: string;
  try {
    const file = await open(path);
    try {
      await requirePrivate(path, await file.stat());
      text = await file.readFile("utf8");
    } finally {
      await file.close();
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return { version: VERSION, profiles: {} };
    if (cause instanceof ElixirScopeError) throw cause;
    throw new ElixirScopeError("PROFILES_UNREADABLE", `${path} cannot be read (${code})`, { path }, cause);
  }
  return parsed(path, text);
}

function parsed(path: string, text: string): Content {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw damaged(path, (cause as Error).message, cause);
  }
  const { version } = (json ?? {}) as { readonly version?: unknown };
  if (typeof version === "number" && version > VERSION) {
    throw new ElixirScopeError(
      "PROFILES_NEWER",
      `${path} was written by a newer ElixirScope (version ${version} of the file, this one knows ${VERSION}): update ElixirScope`,
      { path, version },
    );
  }
  const good = fileSchema.safeParse(json);
  if (!good.success) throw damaged(path, issuesOf(good.error), good.error);
  return good.data;
}

const damaged = (path: string, what: string, cause: unknown): ElixirScopeError =>
  new ElixirScopeError(
    "PROFILES_DAMAGED",
    `${path} is not as it should be (${what}). Nothing was changed in it: put it right, or move it away and begin anew`,
    { path },
    cause,
  );

const issuesOf = (error: z.ZodError): string =>
  error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join(".") || "the whole"}: ${message}`)
    .join("; ");

/** Whoever may write there decides whom we connect to and where we look for the cookie. */
async function requirePrivate(
  path: string,
  file: { readonly mode: number; readonly uid: number },
): Promise<void> {
  if (process.platform === "win32") return;
  const own = process.getuid?.() ?? file.uid;
  if (file.uid !== own) throw exposed(path, "belongs to another user", `chown $USER ${path}`);
  if ((file.mode & 0o077) !== 0) throw exposed(path, "can be read or written by others", `chmod 600 ${path}`);
  const folder = await stat(dirname(path));
  if ((folder.mode & 0o022) !== 0 || folder.uid !== own)
    throw exposed(dirname(path), "can be written by others", `chmod 700 ${dirname(path)}`);
}

const exposed = (path: string, what: string, remedy: string): ElixirScopeError =>
  new ElixirScopeError("PROFILES_EXPOSED", `${path} ${what}: nothing is taken from it. ${remedy}`, { path });

/** Whole or not at all. */
async function write(path: string, content: Content): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    if ((await lstat(dirname(path))).mode & 0o022) await chmod(dirname(path), 0o700);
    const file = await open(part, "w", 0o600);
    try {
      await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined);
    throw new ElixirScopeError(
      "PROFILES_UNWRITABLE",
      `${path} cannot be written (${(cause as NodeJS.ErrnoException).code}): see who may write there, or name another folder with XDG_CONFIG_HOME`,
      { path },
      cause,
    );
  }
}

/** What stands in a file that a profile names. @throws ElixirScopeError PROFILES_NO_FILE */
export async function namedFile(profile: string, path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (cause) {
    throw new ElixirScopeError(
      "PROFILES_NO_FILE",
      `The file ${path} of the profile ${profile} cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      { profile, path },
      cause,
    );
  }
}
