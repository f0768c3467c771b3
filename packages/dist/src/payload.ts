import { atom, decodeTerm, EtfError, type Term, tuple } from "@elixirscope/etf";
import { DistError } from "./errors.ts";
import type { Message } from "./message-reader.ts";

/**
 * The payload's term, decoded from a copy (terms hold views of what they were decoded from); or why the codec refuses it: nested too
 * deep, or of a kind that a newer OTP brought. Where the next message begins is known all the same, so that this is no reason to
 * give up the connection.
 *
 * @throws DistError DIST_PROTOCOL where there is none
 */
export function decodePayload({ payload, atoms }: Message): Term | EtfError {
  if (!payload) throw new DistError("DIST_PROTOCOL", "A message came without its payload");
  try {
    return decodeTerm(new Uint8Array(payload), 0, atoms ? { atomCache: atoms } : undefined).term;
  } catch (error) {
    if (error instanceof EtfError) return error;
    throw error;
  }
}

/** Stands for an exit reason that the codec refuses: `{undecodable, Bytes}`. */
export function undecodableReason({ payload }: Message): Term {
  return tuple(atom("undecodable"), new Uint8Array(payload ?? []));
}
