import { type EventBatch, kindOf } from "../../model/index.ts";
import type { StoredEvent } from "../trace-store.ts";

const NO_PAYLOAD = new Uint8Array(0);

/** A row of a batch; its payload is a view. */
export function storedEvent(batch: EventBatch, row: number, withPayload: boolean): StoredEvent {
  const length = withPayload ? batch.length[row]! : 0;
  const offset = batch.offset[row]!;
  return {
    id: batch.firstId + row,
    node: batch.node,
    ts: batch.ts[row]!,
    kind: kindOf(batch.kind[row]!)!,
    pid: batch.pid[row]!,
    peer: batch.peer[row]!,
    mfa: batch.mfa[row]!,
    tag: batch.tag[row]!,
    payload: length === 0 ? NO_PAYLOAD : batch.bytes.subarray(offset, offset + length),
  };
}
