import { ElixirScopeError } from "../model/index.ts";
import type { PinInput, PinRow } from "../protocol/index.ts";
import type { Recorder } from "./recorder.ts";

/** The pins of a recording, in the instants of its answers. */
export async function pins({ store, origin }: Recorder): Promise<readonly PinRow[]> {
  const found = await store.pins();
  return found.map(({ name, from, to }) => ({
    name,
    from: Number(from - origin),
    to: Number(to - origin),
  }));
}

/** @throws ElixirScopeError `STORE_READ_ONLY`, `STORE_BAD_PIN` */
export async function pin(recorder: Recorder, { name, from, to }: PinInput): Promise<readonly PinRow[]> {
  const { store, origin, lastTs } = recorder;
  const { first = origin } = await store.totals();
  store.pin({
    name,
    from: from === undefined ? first : origin + BigInt(from),
    to: to === undefined ? lastTs : origin + BigInt(to),
  });
  return pins(recorder);
}

/** @throws ElixirScopeError `STORE_READ_ONLY`, `QUERY_NO_SUCH_PIN` */
export async function unpin(recorder: Recorder, name: string): Promise<readonly PinRow[]> {
  const found = await recorder.store.pins();
  if (!found.some((one) => one.name === name)) {
    throw new ElixirScopeError("QUERY_NO_SUCH_PIN", `There is no pin ${name}. All pins: elixirscope pins.`, {
      name,
    });
  }
  recorder.store.unpin(name);
  return pins(recorder);
}
