import type { Dial } from "@elixirscope/dist";
import { sshHome } from "./ssh-hop.ts";
import { type SshRequest, Tunnel } from "./tunnel.ts";

/** The SSH connections of an engine: one for each destination and key, which all its nodes share. */
export class Tunnels {
  readonly #tunnels = new Map<string, Tunnel>();

  /** The way through, where there is one to go. */
  async to(way: { readonly ssh?: SshRequest | undefined } | undefined): Promise<Dial | undefined> {
    return way?.ssh && this.#open(way.ssh);
  }

  /**
   * Connects, unless it is connected, and gives the way through.
   *
   * @throws SshError as {@link Tunnel.connect}
   */
  async #open(request: SshRequest): Promise<Dial> {
    const key = JSON.stringify([request.destination, request.keyFile]);
    const before = this.#tunnels.get(key);
    before?.renew(request);
    const tunnel = before ?? new Tunnel(request, sshHome());
    await tunnel.connect();
    this.#tunnels.set(key, tunnel);
    return tunnel.dial;
  }

  close(): void {
    for (const tunnel of this.#tunnels.values()) tunnel.close();
    this.#tunnels.clear();
  }
}
