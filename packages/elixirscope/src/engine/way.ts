import type { TlsOptions } from "@elixirscope/dist";
import type { AttachInput, TlsWay } from "../protocol/index.ts";
import type { NodeAddress } from "./node-link.ts";

/** How a node is reached, as the session wants it: nothing where nothing was said. */
export function wayOf({ way }: AttachInput): Pick<NodeAddress, "host" | "port" | "tls"> {
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
