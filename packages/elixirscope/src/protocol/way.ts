import { z } from "zod";

/** How a node is reached. */
export interface Way {
  /** Address in place of the node name's host, for EPMD too. */
  readonly host?: string | undefined;
  /** Port of its distribution; EPMD is not asked then. */
  readonly port?: number | undefined;
  /** It listens for TLS. PEM texts; they stay in memory. */
  readonly tls?: TlsWay | undefined;
  /** Through a host that one logs in to: EPMD and the distribution are reached from there, and `host` is what it is called there. */
  readonly ssh?: SshWay | undefined;
}

/** Secrets stay in memory; each goes to nobody but whom it is for. */
export interface SshWay {
  /** `user@host:port`, or a Host of `~/.ssh/config`. */
  readonly destination: string;
  /** Absolute path; it is tried before all other keys. */
  readonly keyFile?: string | undefined;
  /** For whichever key it opens. */
  readonly passphrase?: string | undefined;
  /** By file of the key; an empty one leaves that key out. */
  readonly passphrases?: Readonly<Record<string, string>> | undefined;
  /** By `user@host:port` (without the port where it is 22). */
  readonly passwords?: Readonly<Record<string, string>> | undefined;
  /** Fingerprints of keys of unknown hosts that a person took for theirs: these are written to `~/.ssh/known_hosts`. */
  readonly trust?: readonly string[] | undefined;
}

export interface TlsWay {
  /** Whose signature makes the node's certificate good; absent: the well-known authorities. */
  readonly ca?: string | undefined;
  /** Who we are, where the node asks. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly passphrase?: string | undefined;
  /** Name that its certificate is for; absent: the host of its name. */
  readonly serverName?: string | undefined;
}

const secret = z.string().max(1_000);
const path = z.string().min(1).max(4_096);

const sshSchema: z.ZodType<SshWay> = z.strictObject({
  destination: z.string().min(1).max(512),
  keyFile: path.optional(),
  passphrase: secret.optional(),
  passphrases: z.record(path, secret).optional(),
  passwords: z.record(z.string().max(512), secret).optional(),
  trust: z.array(z.string().max(100)).max(10).optional(),
});

const pem = z.string().min(1).max(200_000).optional();

export const waySchema: z.ZodType<Way> = z.strictObject({
  host: z.string().min(1).max(255).optional(),
  port: z.number().int().min(1).max(65_535).optional(),
  tls: z
    .strictObject({
      ca: pem,
      cert: pem,
      key: pem,
      passphrase: z.string().max(1_000).optional(),
      serverName: z.string().min(1).max(255).optional(),
    })
    .optional(),
  ssh: sshSchema.optional(),
});
