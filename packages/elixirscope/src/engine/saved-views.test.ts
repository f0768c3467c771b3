import { expect, it } from "vitest";
import { createMemoryStore } from "../store/index.ts";
import { dropView, savedViews, saveView } from "./saved-views.ts";

it("keeps views by name, replaces one of the same name, renames and drops", async () => {
  const store = createMemoryStore();
  await saveView(store, { name: "b", href: "/events?tag=x" });
  await saveView(store, { name: "a", href: "/" });
  await saveView(store, { name: "a", href: "/flows" });
  expect(await saveView(store, { name: "c", href: "/events?tag=x", was: "b" })).toEqual([
    { name: "a", href: "/flows" },
    { name: "c", href: "/events?tag=x" },
  ]);
  expect(await dropView(store, "a")).toEqual([{ name: "c", href: "/events?tag=x" }]);
  expect(await savedViews(store)).toEqual([{ name: "c", href: "/events?tag=x" }]);
});

it("takes no more than can be listed", async () => {
  const store = createMemoryStore();
  const many = Array.from({ length: 500 }, (_, n) => ({ name: `view ${n}`, href: "/" }));
  store.putMeta("views", JSON.stringify(many));
  await expect(saveView(store, { name: "one more", href: "/" })).rejects.toMatchObject({
    code: "QUERY_TOO_MANY_VIEWS",
  });
  expect(await saveView(store, { name: "view 7", href: "/flows" })).toHaveLength(500);
});

it("believes nothing that a file says: other addresses and other shapes are left out", async () => {
  const store = createMemoryStore();
  store.putMeta(
    "views",
    JSON.stringify([
      { name: "x", href: "//evil.example" },
      { name: "y", href: "javascript:1" },
      { name: 1, href: "/" },
      null,
      { name: "good", href: "/events" },
    ]),
  );
  expect(await savedViews(store)).toEqual([{ name: "good", href: "/events" }]);
  store.putMeta("views", "{");
  expect(await savedViews(store)).toEqual([]);
});
