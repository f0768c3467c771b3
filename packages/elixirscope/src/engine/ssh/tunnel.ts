import type { Duplex } from "node:stream";
import type { Dial } from "@elixirscope/dist";
import type { Client } from "ssh2";
import { wayTo } from "./ssh-config.ts";
import { connectHop, type SshSecrets } from "./ssh-connect.ts";
import { SshError } from "./ssh-error.ts";
import { hopName, type SshHome, type SshHop } from "./ssh-hop.ts";

/** Where to, and what lets us in. */
export interface SshRequest extends SshSecrets {
  readonly destination: string;
  readonly keyFile?: string | undefined;
}

/** After a try that failed the next one is made when so many milliseconds are over; meanwhile its error is the answer. */
const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000] as const;
/** Where it is refused rather than out of reach: who asks a server too often is shut out. */
const REFUSED_MS = 120_000;
/** A connection that carries nothing for so long is closed. */
const IDLE_MS = 10_000;

const OUT_OF_REACH: ReadonlySet<string> = new Set([
  "SSH_UNREACHABLE",
  "SSH_HOST_NOT_FOUND",
  "SSH_HANDSHAKE_FAILED",
]);

/**
 * One SSH connection that carries what is dialled through it: opened when something is, opened anew when it was lost, closed
 * when it carries nothing.
 */
export class Tunnel {
  #request: SshRequest;
  readonly #home: SshHome;
  #connecting: Promise<Client> | undefined;
  #client: Client | undefined;
  #failed: { readonly error: Error; readonly until: number } | undefined;
  #failures = 0;
  #open = 0;
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(request: SshRequest, home: SshHome) {
    this.#request = request;
    this.#home = home;
  }

  /** What a person gave anew is tried at once, and kept beside what was given before. */
  renew(request: SshRequest): void {
    const { passphrases, passwords, ...rest } = this.#request;
    this.#request = {
      ...rest,
      ...request,
      passphrases: { ...passphrases, ...request.passphrases },
      passwords: { ...passwords, ...request.passwords },
    };
    this.#failed = undefined;
    this.#failures = 0;
  }

  /** @throws SshError as `wayTo` and `connectHop` do */
  async connect(): Promise<void> {
    await this.#connected();
    this.#rest();
  }

  /** Opens a stream to what listens at `host:port` as seen from the last host. */
  get dial(): Dial {
    return Object.assign((host: string, port: number) => this.#dial(host, port), {
      via: this.#request.destination,
    });
  }

  close(): void {
    this.#closed = true;
    this.#hangUp();
  }

  async #dial(host: string, port: number): Promise<Duplex> {
    const client = await this.#connected();
    clearTimeout(this.#idle);
    this.#open += 1;
    const done = (): void => {
      this.#open -= 1;
      this.#rest();
    };
    try {
      const stream = await forward(client, host, port, this.#request.destination);
      stream.once("close", done);
      return stream;
    } catch (error) {
      done();
      throw error;
    }
  }

  #connected(): Promise<Client> {
    if (this.#client) return Promise.resolve(this.#client);
    const failed = this.#failed;
    if (failed && performance.now() < failed.until) return Promise.reject(failed.error);
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #connect(): Promise<Client> {
    try {
      const client = await openChain(this.#request, this.#home);
      if (this.#closed) {
        client.end();
        throw new SshError("SSH_UNREACHABLE", "ElixirScope ends: no tunnel is opened any more");
      }
      this.#failed = undefined;
      this.#failures = 0;
      this.#client = client;
      client.once("close", () => {
        if (this.#client === client) this.#client = undefined;
      });
      return client;
    } catch (error) {
      const isFar = error instanceof SshError && OUT_OF_REACH.has(error.code);
      const wait = isFar ? RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)]! : REFUSED_MS;
      this.#failures += 1;
      this.#failed = { error: error as Error, until: performance.now() + wait };
      throw error;
    }
  }

  #rest(): void {
    clearTimeout(this.#idle);
    if (this.#open > 0 || this.#closed) return;
    this.#idle = setTimeout(() => this.#hangUp(), IDLE_MS);
    this.#idle.unref();
  }

  #hangUp(): void {
    clearTimeout(this.#idle);
    this.#client?.end();
    this.#client = undefined;
  }
}

/** The last host's connection, over those before it; they end together. */
async function openChain(request: SshRequest, home: SshHome): Promise<Client> {
  const hops = await wayTo(request.destination, request.keyFile, home);
  let before: Client | undefined;
  for (const [i, hop] of hops.entries()) {
    const isLast = i === hops.length - 1;
    const from = before;
    const over = async (): Promise<Duplex | undefined> =>
      from && forward(from, hop.host, hop.port, hopName(hops[i - 1]!));
    try {
      const keyFile = isLast ? request.keyFile : undefined;
      const client = await connectHop(
        { hop, keyFile, secrets: request, over: await streamTo(over, hop) },
        over,
      );
      client.once("close", () => from?.end());
      before = client;
    } catch (error) {
      from?.end();
      throw error;
    }
  }
  return before!;
}

async function streamTo(over: () => Promise<Duplex | undefined>, hop: SshHop): Promise<Duplex | undefined> {
  try {
    return await over();
  } catch (error) {
    if (error instanceof SshError) throw error;
    throw new SshError(
      "SSH_UNREACHABLE",
      `No SSH server answers at ${hop.host}:${hop.port} from the host to jump over (${(error as Error).message}): check the ProxyJump in ~/.ssh/config`,
      { host: hop.host, port: hop.port },
      error,
    );
  }
}

/** RFC 4254, 5.1. */
const ADMINISTRATIVELY_PROHIBITED = 1;

function forward(client: Client, host: string, port: number, via: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.forwardOut("127.0.0.1", 0, host, port, (error, stream) => {
      if (!error) return resolve(stream);
      if ((error as { reason?: unknown }).reason !== ADMINISTRATIVELY_PROHIBITED) return reject(error);
      reject(
        new SshError(
          "SSH_FORWARDING_FORBIDDEN",
          `${via} does not forward to ${host}:${port}: its sshd_config needs AllowTcpForwarding yes (or local) and, where it has PermitOpen, this address; a key in authorized_keys may be restricted as well`,
          { host, port, via },
          error,
        ),
      );
    });
  });
}
