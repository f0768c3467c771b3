import { expect, it } from "vitest";
import { wayToPeer } from "./way.ts";

const tls = { ca: "-----BEGIN CERTIFICATE-----" };

it("says how other nodes are reached, as far as what was said of the first one holds for them", () => {
  const input = { node: "a@10.0.0.1", way: { host: "127.0.0.1", port: 9100, tls } };
  // Another node of the same host has another port there.
  expect(wayToPeer(input, "b@10.0.0.1")).toEqual({ host: "127.0.0.1", tls });
  // On another host each may have the same port, but not this address.
  expect(wayToPeer(input, "a@10.0.0.2")).toEqual({ port: 9100, tls });
  expect(wayToPeer({ node: "a@h" }, "b@h")).toBeUndefined();
});
