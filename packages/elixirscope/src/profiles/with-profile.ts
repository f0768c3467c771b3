import type { AttachInput, ProfileWay, TlsWay, Way } from "../protocol/index.ts";
import { namedFile, profileNamed } from "./profile-file.ts";

/**
 * What is asked for, with what its profile says of all that is not given.
 *
 * @throws ElixirScopeError PROFILES_NO_SUCH, PROFILES_NO_FILE, and as `readProfiles`
 */
export async function withProfile(
  input: AttachInput,
  env: NodeJS.ProcessEnv = process.env,
): Promise<AttachInput> {
  const { profile: name, ...asked } = input;
  if (name === undefined) return input;
  const profile = await profileNamed(name);
  const way = await wayOf(name, profile.way, asked.way, env);
  const cookie = asked.cookie ?? (profile.cookieFile && (await namedFile(name, profile.cookieFile)));
  const given = Object.entries(asked).filter(([, value]) => value !== undefined);
  return {
    ...profile.recorded,
    ...(profile.cluster && { cluster: true }),
    ...(Object.fromEntries(given) as typeof asked),
    ...(way && { way }),
    ...(cookie && { cookie }),
  };
}

async function wayOf(
  name: string,
  profile: ProfileWay | undefined,
  asked: Way | undefined,
  env: NodeJS.ProcessEnv,
): Promise<Way | undefined> {
  if (!profile) return asked;
  const tls = asked?.tls ?? (profile.tls && (await tlsOf(name, profile.tls, env)));
  const passphrase = env["ELIXIRSCOPE_SSH_PASSPHRASE"];
  // A key of the profile is for its own host.
  const ssh =
    asked?.ssh && profile.ssh && asked.ssh.destination === profile.ssh.destination
      ? { ...profile.ssh, ...asked.ssh }
      : (asked?.ssh ?? (profile.ssh && { ...profile.ssh, ...(passphrase ? { passphrase } : {}) }));
  const host = asked?.host ?? profile.host;
  const port = asked?.port ?? profile.port;
  return { ...(host && { host }), ...(port && { port }), ...(tls && { tls }), ...(ssh && { ssh }) };
}

async function tlsOf(
  name: string,
  { caFile, certFile, keyFile, serverName }: NonNullable<ProfileWay["tls"]>,
  env: NodeJS.ProcessEnv,
): Promise<TlsWay> {
  const passphrase = env["ELIXIRSCOPE_TLS_PASSPHRASE"];
  return {
    ...(caFile && { ca: await namedFile(name, caFile) }),
    ...(certFile && { cert: await namedFile(name, certFile) }),
    ...(keyFile && { key: await namedFile(name, keyFile) }),
    ...(passphrase && keyFile ? { passphrase } : {}),
    ...(serverName && { serverName }),
  };
}
