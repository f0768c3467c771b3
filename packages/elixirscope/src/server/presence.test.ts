import { expect, it, vi } from "vitest";
import type { PeoplePush } from "../protocol/index.ts";
import { Presence } from "./presence.ts";

class Page {
  readonly heard: PeoplePush[] = [];
  refused = 0;
  send(text: string): void {
    this.heard.push(JSON.parse(text) as PeoplePush);
  }
  refuse(): void {
    this.refused += 1;
  }
  get names(): readonly string[] | undefined {
    return this.heard.at(-1)?.people.map(({ name }) => name);
  }
}

const here = (name: string, more: object = {}): string =>
  JSON.stringify({ type: "here", name, href: "/flows", leads: false, follows: null, ...more });

it("tells everybody of everybody, gathered, and of who left", async () => {
  const presence = new Presence();
  const [a, b] = [new Page(), new Page()];
  const [ada, bo] = [presence.join(a), presence.join(b)];
  ada.said(here("Ada"));
  bo.said(here("Bo"));
  bo.said(here("Bo", { href: "/events?sel=e-3" }));
  await vi.waitFor(() => expect(a.names).toEqual(["Ada", "Bo"]), { timeout: 10_000 });
  expect(a.heard).toHaveLength(1);
  expect([a.heard[0]!.you, b.heard[0]!.you]).toEqual([1, 2]);
  expect(b.heard[0]!.people[1]).toEqual({
    id: 2,
    name: "Bo",
    href: "/events?sel=e-3",
    leads: false,
    led: 0,
    follows: null,
    colour: 1,
  });
  bo.leave();
  await vi.waitFor(() => expect(a.names).toEqual(["Ada"]), { timeout: 10_000 });
  presence.close();
});

it("numbers the beginnings of leads, the newest the highest", async () => {
  const presence = new Presence();
  const page = new Page();
  const [ada, bo] = [presence.join(page), presence.join(new Page())];
  const led = async (expected: readonly number[]): Promise<void> =>
    vi.waitFor(() => expect(page.heard.at(-1)?.people.map((one) => one.led)).toEqual(expected), {
      timeout: 10_000,
    });
  ada.said(here("Ada", { leads: true }));
  bo.said(here("Bo", { leads: true }));
  await led([1, 2]);
  ada.said(here("Ada", { leads: true, href: "/" }));
  bo.said(here("Bo"));
  await led([1, 0]);
  bo.said(here("Bo", { leads: true }));
  await led([1, 3]);
  presence.close();
});

it("refuses what is no place, and who says too much", () => {
  const presence = new Presence();
  const bad = ["", "{", here("x".repeat(41)), here("x", { href: "//evil.example" }), here("x", { more: 1 })];
  for (const text of bad) {
    const page = new Page();
    presence.join(page).said(text);
    expect([text, page.refused]).toEqual([text, 1]);
  }
  const page = new Page();
  const { said } = presence.join(page);
  for (let i = 0; i < 500; i++) said(here("x"));
  expect(page.refused).toBeGreaterThan(0);
  presence.close();
});

it("is bounded: whoever comes when there are too many hears so, and is not told of", async () => {
  const presence = new Presence();
  const pages = Array.from({ length: 33 }, () => new Page());
  const joined = pages.map((page) => presence.join(page));
  for (const [i, { said }] of joined.entries()) said(here(`p${i}`));
  expect(pages[32]!.heard).toEqual([{ type: "people", you: null, people: [] }]);
  await vi.waitFor(() => expect(pages[0]!.names).toHaveLength(32), { timeout: 10_000 });
  expect(pages[32]!.heard).toHaveLength(1);
  joined[0]!.leave();
  const late = new Page();
  presence.join(late).said(here("late"));
  await vi.waitFor(() => expect(late.names).toHaveLength(32), { timeout: 10_000 });
  presence.close();
});
