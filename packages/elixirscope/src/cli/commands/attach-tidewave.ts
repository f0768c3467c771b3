import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AttachInput } from "../../protocol/index.ts";
import { CliError, EXIT, messageOf } from "../errors.ts";
import { type Context, canAsk } from "../terminal.ts";
import { connectTidewave, type Tidewave, tidewaveUrl } from "../tidewave/client.ts";
import { IS_OFF, SWITCH_ON } from "../tidewave/door.ts";
import { type LiveCommandOptions, runLive } from "./live.ts";

export interface TidewaveOptions extends LiveCommandOptions {
  /** Address of the application. */
  readonly tidewave: string;
  /** It need not be asked. */
  readonly yes?: boolean | undefined;
}

/**
 * Attaches to a node that is not distributed, by switching its distribution on over Tidewave. It is off again as soon as nothing is
 * connected to it any more.
 */
export async function attachTidewave(context: Context, options: TidewaveOptions): Promise<number> {
  const tidewave = await connectTidewave(await tidewaveUrl(options.tidewave));
  try {
    const name = `elixirscope_tidewave_${randomBytes(4).toString("hex")}@127.0.0.1`;
    await confirmed(context, tidewave, name, options);
    let isOn = false;
    const code = await runLive(context, name, {
      ...options,
      onReady: async (input) => {
        const switched = await switchOn(tidewave, input);
        isOn = switched.node === name;
        say(
          context,
          options,
          isOn ? onText(name) : `${tidewave.url} is distributed already: ${switched.node}`,
        );
        return switched;
      },
    });
    if (isOn) await sayOff(context, options, tidewave, name);
    return code;
  } finally {
    await tidewave.close().catch(() => undefined);
  }
}

const onText = (name: string): string =>
  `Distribution is switched on: ${name}, on 127.0.0.1 only, until ElixirScope detaches.`;

function say(context: Context, options: TidewaveOptions, text: string): void {
  if (!options.json) context.err.line(text);
}

async function confirmed(
  context: Context,
  tidewave: Tidewave,
  name: string,
  options: TidewaveOptions,
): Promise<void> {
  if (options.yes) return;
  const question = `Have Tidewave at ${tidewave.url} evaluate code in the application, which switches distribution on there? It is a hidden node (${name}) on 127.0.0.1 only, with a cookie of its own, and off again when ElixirScope detaches or ends. Tidewave compiles what has changed first.`;
  if (!canAsk(context)) {
    throw new CliError("CLI_NOT_CONFIRMED", "Nobody is there to ask whether code may be evaluated.", {
      exit: EXIT.usage,
      hint: "Give --yes. What is done: distribution is switched on in the application, on 127.0.0.1 only, until ElixirScope detaches.",
    });
  }
  const { confirm } = await import("@clack/prompts");
  if ((await confirm({ message: question, initialValue: false })) === true) return;
  throw new CliError("CLI_NOT_CONFIRMED", "Nothing was evaluated.", {
    exit: EXIT.interrupted,
    hint: "Another way in: elixirscope run -- mix phx.server",
  });
}

/** @returns how the node is reached now */
async function switchOn(tidewave: Tidewave, input: AttachInput): Promise<AttachInput> {
  const folder = await mkdtemp(join(tmpdir(), "elixirscope-"));
  const cookie = randomBytes(16).toString("hex");
  try {
    const file = join(folder, "cookie");
    await writeFile(file, cookie, { mode: 0o600 });
    const [word, rest] = await tidewave.evaluate(SWITCH_ON, [file, input.node]);
    if (word === "on") {
      return { ...input, cookie, way: { host: "127.0.0.1", port: Number.parseInt(rest, 10) } };
    }
    if (word === "already") return { ...input, node: rest };
    throw notOn(word, rest);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function notOn(word: string, rest: string): CliError {
  if (word === "taken") {
    return new CliError(
      "CLI_TIDEWAVE_TAKEN",
      `Another ElixirScope has switched distribution on there (${rest}).`,
      {
        exit: EXIT.refused,
        hint: "Detach that one first: elixirscope detach",
      },
    );
  }
  if (word === "unread") {
    return new CliError(
      "CLI_TIDEWAVE_ELSEWHERE",
      `The application (process ${rest}) cannot read a file that only you can read: it runs as another user, or in a container.`,
      { exit: EXIT.refused, hint: "Run ElixirScope as that user, or in the container." },
    );
  }
  return new CliError("CLI_TIDEWAVE_FAILED", `Distribution was not switched on: ${rest}`, {
    hint: "Restart the application under ElixirScope: elixirscope run -- mix phx.server",
  });
}

async function sayOff(
  context: Context,
  options: TidewaveOptions,
  tidewave: Tidewave,
  name: string,
): Promise<void> {
  const [word, rest] = await tidewave
    .evaluate(IS_OFF, [name])
    .catch((error: unknown) => ["unknown", messageOf(error)] as const);
  if (word === "off") return say(context, options, "Distribution is off again.");
  const why = word === "still" ? `other nodes are connected (${rest})` : "the application did not say";
  context.err.line(
    context.err.color.yellow(
      word === "still"
        ? `Distribution is still on, since ${why}; Node.stop() in the application switches it off.`
        : `Whether distribution is off again is not known: ${why}. It is once nothing is connected.`,
    ),
  );
}
