import { atom, encode, ImproperList, type Term, tuple } from "@elixirscope/etf";
import { describe, expect, it } from "vitest";
import { socketFrame, socketMessage, userEvent } from "./socket-frame.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const pushed = (opcode: string, data: Term): Uint8Array =>
  encode(tuple(atom("socket_push"), atom(opcode), data)).subarray(1);
const said = (text: string): Term => tuple(bytes(text), []);

describe("frames of sockets", () => {
  it("are put together of iodata, counted in bytes", () => {
    const data = [91, [34, new ImproperList([[]], bytes("ä")), 34], bytes("]")];
    expect(socketFrame(pushed("text", data))).toEqual({ bytes: 6, text: '["ä"]' });
    expect(socketFrame(pushed("binary", bytes("xyz")))).toEqual({ bytes: 3, text: "" });
  });

  it("are no other messages, nor those that were cut", () => {
    expect(socketFrame(encode(tuple(atom("socket_close"), 1)).subarray(1))).toBeUndefined();
    const cut = tuple(atom("$elixirscope_cut"), 70_000, bytes("ab"));
    expect(socketFrame(pushed("text", [91, cut]))).toBeUndefined();
    expect(socketFrame(new Uint8Array([104]))).toBeUndefined();
  });
});

describe("messages of browsers", () => {
  it("have topic and event in either protocol, also where a secret made the payload invalid", () => {
    const click = '{"type":"click","event":"say \\"hi\\"","value":{"token":000}}';
    expect(socketMessage(said(`["4",null,"lv:phx-1","event",${click}]`))).toMatchObject({
      topic: "lv:phx-1",
      event: "event",
    });
    const { payload } = socketMessage(said(`["4","9","lv:phx-1","event",${click}]`))!;
    expect(userEvent(payload)).toBe('click say \\"hi\\"');
    const old = '{"topic":"room:1","event":"say","payload":{},"ref":"1"}';
    expect(socketMessage(said(old))).toMatchObject({ topic: "room:1", event: "say" });
    expect(userEvent('{"text":"hello"}')).toBeUndefined();
  });

  it("are nothing else", () => {
    expect(socketMessage(said("hello"))).toBeUndefined();
    expect(socketMessage(atom("x"))).toBeUndefined();
  });
});
