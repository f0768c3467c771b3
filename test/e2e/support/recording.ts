import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { Input, MethodName, Output } from "elixirscope/protocol";
import type { Page } from "playwright-core";
import { type CliProcess, CliWorld } from "./cli-process.ts";
import { visit } from "./page.ts";

/** A recording of `test/recordings`, shown by the built command. */
export class ShownRecording {
  readonly url: URL;
  readonly #world: CliWorld;
  readonly #cli: CliProcess;

  private constructor(world: CliWorld, cli: CliProcess, url: URL) {
    this.#world = world;
    this.#cli = cli;
    this.url = url;
  }

  static async open(name: string): Promise<ShownRecording> {
    const world = await CliWorld.create({ epmdPort: 1 });
    const file = world.path(`${name}.esrec`);
    const packed = fileURLToPath(new URL(`../../recordings/${name}.esrec.gz`, import.meta.url));
    writeFileSync(file, gunzipSync(readFileSync(packed)));
    const cli = world.start("open", file, "--json", "--no-open");
    const { url } = await cli.firstJson<{ readonly url: string }>();
    return new ShownRecording(world, cli, new URL(url));
  }

  /** One question of the protocol, as the page asks it. */
  async ask<M extends MethodName>(method: M, input: Input<M>): Promise<Output<M>> {
    const answer = await fetch(new URL(`/api/${method}`, this.url), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${this.url.hash.replace("#token=", "")}`,
      },
      body: JSON.stringify(input),
    });
    if (!answer.ok) throw new Error(`${method}: ${await answer.text()}`);
    return (await answer.json()) as Output<M>;
  }

  /** The address of a view. */
  at(path: string): string {
    return `${this.url.origin}${path}${this.url.hash}`;
  }

  /** Brings a page there, as a link within it does; one that is not of this recording is loaded. */
  visit(page: Page, path: string): Promise<void> {
    return visit(page, this.at(path));
  }

  async close(): Promise<void> {
    this.#cli.signal("SIGINT");
    await this.#world.remove();
  }
}
