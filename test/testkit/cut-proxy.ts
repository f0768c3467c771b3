import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { lookupNode } from "@elixirscope/dist";
import type { ErlangNode } from "./erlang-node.ts";

/** The network between ElixirScope and a node, in our hands. */
export interface CutProxy {
  /** Of an EPMD that knows the node only, at the proxy's port. */
  readonly epmdPort: number;
  /**
   * `silent`: nothing gets through any more, as with a cable pulled; what is under way waits. `reset`: connections end,
   * and new ones are refused.
   */
  cut(how: "silent" | "reset"): void;
  restore(): void;
  stop(): Promise<void>;
}

const listening = async (server: Server): Promise<number> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
};

/** One request a connection, whatever it is: the answer to PORT_PLEASE2_REQ. */
function epmdThatSays(port: number): Server {
  return createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      const answer = Buffer.alloc(14);
      answer.set([119, 0]);
      answer.writeUInt16BE(port, 2);
      answer.set([77, 0], 4);
      answer.writeUInt16BE(6, 6);
      answer.writeUInt16BE(5, 8);
      socket.end(answer);
    });
  });
}

export async function startCutProxy(node: ErlangNode): Promise<CutProxy> {
  const [name = ""] = node.name.split("@");
  const { port } = await lookupNode(name, { epmdPort: node.epmdPort });
  const open = new Set<Socket>();
  let state: "whole" | "silent" | "reset" = "whole";
  const keep = (socket: Socket): void => {
    open.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => open.delete(socket));
    if (state === "silent") socket.pause();
  };
  const proxy = createServer((client) => {
    if (state === "reset") {
      client.destroy();
      return;
    }
    const target = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      from.on("data", (bytes) => to.write(bytes));
      from.once("close", () => to.destroy());
      keep(from);
    }
  });
  const proxyPort = await listening(proxy);
  const epmd = epmdThatSays(proxyPort);
  const epmdPort = await listening(epmd);
  return {
    epmdPort,
    cut: (how) => {
      state = how;
      for (const socket of open) {
        if (how === "silent") socket.pause();
        else socket.destroy();
      }
    },
    restore: () => {
      state = "whole";
      for (const socket of open) socket.resume();
    },
    stop: async () => {
      for (const socket of open) socket.destroy();
      const closed = [once(proxy, "close"), once(epmd, "close")];
      proxy.close();
      epmd.close();
      await Promise.all(closed);
    },
  };
}
