import type { Person } from "elixirscope/protocol";
import { expect, it } from "vitest";
import { nameOf, newestLead, whoLeads } from "./following.ts";

const person = (id: number, more: Partial<Person> = {}): Person => ({
  id,
  name: "",
  href: "/",
  leads: false,
  led: 0,
  follows: null,
  colour: 0,
  ...more,
});
const free = { chosen: null, left: 0, leads: false };

it("follows whoever began last to lead, until it lets go of them", () => {
  const people = [person(1), person(2, { led: 3, leads: true }), person(3, { led: 5, leads: true })];
  expect(whoLeads(people, 1, free)?.id).toBe(3);
  expect(newestLead(people)).toBe(5);
  expect(whoLeads(people, 1, { ...free, left: 5 })).toBeUndefined();
  const again = [...people.slice(0, 2), person(3, { led: 6, leads: true })];
  expect(whoLeads(again, 1, { ...free, left: 5 })?.id).toBe(3);
});

it("follows nobody while it leads, and where it is not among the people", () => {
  const people = [person(1), person(2, { led: 3, leads: true })];
  expect(whoLeads(people, 1, { ...free, leads: true })).toBeUndefined();
  expect(whoLeads(people, null, free)).toBeUndefined();
});

it("follows whom it chose, or whom that one follows; in a circle nobody", () => {
  const people = [person(1), person(2, { follows: 3 }), person(3)];
  expect(whoLeads(people, 1, { ...free, chosen: 3 })?.id).toBe(3);
  expect(whoLeads(people, 1, { ...free, chosen: 2 })?.id).toBe(3);
  expect(whoLeads([person(1), person(2, { follows: 1 })], 1, { ...free, chosen: 2 })).toBeUndefined();
  const circle = [person(1), person(2, { follows: 3 }), person(3, { follows: 2 })];
  expect(whoLeads(circle, 1, { ...free, chosen: 2 })).toBeUndefined();
  expect(whoLeads(people, 1, { ...free, chosen: 9 })).toBeUndefined();
});

it("calls those who said nothing by their number", () => {
  expect([nameOf(person(4)), nameOf(person(4, { name: "Ada" }))]).toEqual(["Guest 4", "Ada"]);
});
