import { z } from "zod";

/** How a node is reached. */
export interface Way {
  /** Address in place of the node name's host, for EPMD too. */
  readonly host?: string | undefined;
  /** Port of its distribution; EPMD is not asked then. */
  readonly port?: number | undefined;
  /** It listens for TLS. PEM texts; they stay in memory. */
  readonly tls?: TlsWay | undefined;
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
});
