import type { TlsOptions } from "@elixirscope/dist";
import type { AttachInput, TlsWay } from "../protocol/index.ts";
import type { NodeAddress } from "./node-link.ts";

/** How a node is reached, as its link keeps it. */
export function addressOf(
  input: AttachInput,
  cookie: string,
  redaction: NonNullable<NodeAddress["redaction"]>,
): NodeAddress {
  const { node, limits, systemMonitor, heldBoot } = input;
  return {
    node,
    cookie,
    ...wayOf(input),
    redaction,
    agent: { limits, systemMonitor },
    ...(heldBoot && { heldBoot }),
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
