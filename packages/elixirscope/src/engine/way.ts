import { type Dial, listNodes, type TlsOptions } from "@elixirscope/dist";
import type { AttachInput, FoundNode, TlsWay, Way } from "../protocol/index.ts";
import type { NodeAddress } from "./node-link.ts";
import type { Tunnels } from "./ssh/index.ts";

/** How a node is reached, as its link keeps it. */
export function addressOf(
  input: AttachInput,
  cookie: string,
  redaction: NonNullable<NodeAddress["redaction"]>,
  dial: Dial | undefined,
  who?: string,
): NodeAddress {
  // What run starts has nobody else to tell, and prints its log among its output.
  const { node, limits, systemMonitor, heldBoot, notice = heldBoot === undefined } = input;
  return {
    node,
    cookie,
    ...wayOf(input),
    ...(dial && { dial }),
    redaction,
    agent: { limits, systemMonitor },
    ...(notice && who !== undefined && { who: `${who}, level ${input.level ?? "messages"}` }),
    ...(heldBoot && { heldBoot }),
  };
}

/**
 * How another node of its cluster is reached: as that one, as far as that can be. What says where one node is (its host, its
 * port) holds on other hosts for the port alone, on the same host for the address alone.
 */
export function wayToPeer({ node, way }: AttachInput, peer: string): Way | undefined {
  if (!way) return undefined;
  const { host, port, tls, ...rest } = way;
  const isSameHost = node.split("@")[1] === peer.split("@")[1];
  return {
    ...rest,
    ...(isSameHost && host !== undefined && { host }),
    ...(!isSameHost && port !== undefined && { port }),
    ...(tls && { tls }),
  };
}

/** What was said of it: nothing where nothing was. */
function wayOf({ way }: AttachInput): Pick<NodeAddress, "host" | "port" | "tls"> {
  const { host, port, tls } = way ?? {};
  return { ...(host && { host }), ...(port && { port }), ...(tls && { tls: given(tls) }) };
}

function given({ ca, cert, key, passphrase, serverName }: TlsWay): TlsOptions {
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(passphrase && { passphrase }),
    ...(serverName && { serverName }),
  };
}

/** What EPMD knows: of this machine, or of where the way leads. @throws DistError, SshError */
export async function foundNodes(
  tunnels: Tunnels,
  way: Way | undefined,
  attached: readonly { readonly name: string }[],
): Promise<readonly FoundNode[]> {
  const dial = await tunnels.to(way);
  const host = way?.host ?? "127.0.0.1";
  const found = await listNodes({ host, ...(dial && { dial }) });
  const isAttached = (name: string): boolean => attached.some((link) => link.name.split("@")[0] === name);
  return found.map(({ name, port }) => ({ name, host, port, attached: isAttached(name) }));
}
