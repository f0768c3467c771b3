import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dictionary, viewOf } from "./dictionary.ts";

describe("Dictionary", () => {
  it("gives the same pid the same index and another one another, whatever the order and however many", () => {
    const word = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
    const pids = fc.array(fc.tuple(fc.constantFrom("a@h", "b@h"), word, word, word), {
      minLength: 1,
      maxLength: 6_000,
    });
    fc.assert(
      fc.property(pids, (list) => {
        const dictionary = new Dictionary();
        const model = new Map<string, number>();
        for (const [node, id, serial, creation] of list) {
          const index = dictionary.processes.intern(dictionary.atoms.internName(node), id, serial, creation);
          const key = [node, id, serial, creation].join(" ");
          expect(index).toBe(model.get(key) ?? model.size);
          model.set(key, index);
          expect(dictionary.processes.entries[index]).toEqual({ index, node, id, serial, creation });
        }
      }),
      { numRuns: 20 },
    );
  });

  it("knows an atom by its bytes and by its name, in Latin-1 and in UTF-8", () => {
    const latin1 = (name: string): Uint8Array => Uint8Array.from(name, (char) => char.charCodeAt(0));
    const utf8 = (name: string): Uint8Array => new TextEncoder().encode(name);
    const name = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    });
    fc.assert(
      fc.property(fc.array(name, { maxLength: 3_000 }), (names) => {
        const { atoms } = new Dictionary();
        for (const text of names) {
          const index = atoms.intern(viewOf(latin1(text)), 0, text.length, true);
          const bytes = utf8(text);
          expect(atoms.intern(viewOf(bytes), 0, bytes.length, false)).toBe(index);
          expect(atoms.internName(text)).toBe(index);
          expect(atoms.name(index)).toBe(text);
        }
        expect(atoms.entries.length).toBe(new Set(names).size);
      }),
      { numRuns: 20 },
    );
  });

  it("hands out each entry once", () => {
    const dictionary = new Dictionary();
    dictionary.functions.intern(dictionary.atoms.internName("lists"), dictionary.atoms.internName("map"), 2);
    expect(dictionary.takeDelta()).toEqual({
      atoms: [
        { index: 0, name: "lists" },
        { index: 1, name: "map" },
      ],
      processes: [],
      functions: [{ index: 0, module: "lists", function: "map", arity: 2 }],
    });
    expect(dictionary.takeDelta()).toEqual({ atoms: [], processes: [], functions: [] });
  });
});
