import { type McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import { catalogue, type MethodName } from "../protocol/index.ts";
import type { Asker } from "./asker.ts";

const JSON_TYPE = "application/json";

/** Things of the recording that one can point at. */
export function addResources(server: McpServer, asker: Asker): void {
  const read = async (uri: URL, method: MethodName, input: unknown) => ({
    contents: [
      { uri: uri.href, mimeType: JSON_TYPE, text: JSON.stringify(await asker.call(method, input as never)) },
    ],
  });
  server.registerResource(
    "recording",
    "elixirscope://recording",
    {
      title: "The recording",
      description: "Nodes, levels, number of events, what was lost",
      mimeType: JSON_TYPE,
    },
    (uri) => read(uri, "status", {}),
  );
  server.registerResource(
    "gaps",
    "elixirscope://gaps",
    { title: "Gaps", description: "What was not recorded, and why", mimeType: JSON_TYPE },
    (uri) => read(uri, "gaps", {}),
  );
  server.registerResource(
    "questions",
    "elixirscope://questions",
    {
      title: "Questions",
      description: "Everything that can be asked of the record, with parameters",
      mimeType: JSON_TYPE,
    },
    (uri) => ({ contents: [{ uri: uri.href, mimeType: JSON_TYPE, text: JSON.stringify(catalogue()) }] }),
  );
  const pointed = (
    name: string,
    title: string,
    method: MethodName,
    input: (value: string) => unknown,
  ): void => {
    server.registerResource(
      name,
      new ResourceTemplate(`elixirscope://${name}/{value}`, { list: undefined }),
      { title, mimeType: JSON_TYPE },
      (uri, { value }) => read(uri, method, input(decodeURIComponent(String(value)))),
    );
  };
  pointed("event", "An event with its whole term", "event", (value) => ({ id: Number(value) }));
  pointed("flow", "A flow as a tree (f-12)", "flow", (value) => ({ flow: value }));
  pointed("process", "A process: name, pid or handle (p-12)", "process", (value) => ({ process: value }));
}
