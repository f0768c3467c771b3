import { decodeTerm, ImproperList, type Term, Tuple } from "@elixirscope/etf";
import { nameOf } from "./fields.ts";

/** What a browser is sent over its socket: the message `{socket_push, Opcode, Data}` to the process that holds the connection. */
export interface SocketFrame {
  readonly bytes: number;
  /** The frame itself; "" for a binary one. */
  readonly text: string;
}

/** `undefined` for any other message, and for a frame that was cut. */
export function socketFrame(message: Uint8Array): SocketFrame | undefined {
  try {
    const { term } = decodeTerm(message, 0);
    if (!(term instanceof Tuple) || nameOf(term.elements[0]) !== "socket_push") return undefined;
    const parts: number[] = [];
    if (!flatten(term.elements[2], parts)) return undefined;
    const isText = nameOf(term.elements[1]) === "text";
    return { bytes: parts.length, text: isText ? new TextDecoder().decode(Uint8Array.from(parts)) : "" };
  } catch {
    return undefined;
  }
}

/** False: this is no iodata. */
function flatten(data: Term | undefined, into: number[]): boolean {
  if (typeof data === "number") into.push(data);
  else if (data instanceof Uint8Array) for (const byte of data) into.push(byte);
  else if (Array.isArray(data)) return (data as readonly Term[]).every((part) => flatten(part, into));
  else if (data instanceof ImproperList)
    return data.items.every((part) => flatten(part, into)) && flatten(data.tail, into);
  else return false;
  return true;
}

/** A message of a browser as Phoenix's serializers write it: topic, event, and the rest as text. */
export interface SocketMessage {
  readonly topic: string;
  readonly event: string;
  /** JSON, of which secrets are overwritten: it need not be valid. */
  readonly payload: string;
}

const STRING = /"((?:[^"\\]|\\.)*)"/.source;
const V2 = new RegExp(`^\\[(?:null|${STRING}),(?:null|${STRING}),${STRING},${STRING},`);

/** @param argument the first one of `Phoenix.Socket.__in__/2`: `{Text, Options}` */
export function socketMessage(argument: Term | undefined): SocketMessage | undefined {
  const data = argument instanceof Tuple ? argument.elements[0] : undefined;
  if (!(data instanceof Uint8Array)) return undefined;
  const text = new TextDecoder().decode(data);
  const array = V2.exec(text);
  if (array) return { topic: array[3]!, event: array[4]!, payload: text.slice(array[0].length) };
  const [topic, event] = ["topic", "event"].map((key) => new RegExp(`"${key}":${STRING}`).exec(text)?.[1]);
  return topic === undefined || event === undefined ? undefined : { topic, event, payload: text };
}

/** `click increment` of what LiveView's client sends. */
export function userEvent(payload: string): string | undefined {
  const [, type, event] = new RegExp(`^\\{"type":${STRING},"event":${STRING}`).exec(payload) ?? [];
  return event === undefined ? undefined : `${type} ${event}`;
}
