/**
 * Which atoms beyond ASCII print without quotes: those that Elixir's tokenizer takes as identifiers. It follows UAX 31 and UTS 39
 * (recommended characters, scripts that may be mixed); JavaScript's regular expressions know the scripts, but not which single
 * characters are not recommended, so that those stand in tables here. Found by asking Elixir 1.14, 1.18 and 1.20 about every code point; the
 * node test asks again.
 */

const IDENTIFIER = /^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}\u00b7\u30fb@]*[?!]?$/u;

/** Recommended scripts (UAX 31, table 5). */
const SCRIPTS = (
  "Latin Greek Cyrillic Armenian Hebrew Arabic Thaana Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada " +
  "Malayalam Sinhala Thai Lao Tibetan Myanmar Georgian Ethiopic Hangul Khmer Hiragana Katakana Bopomofo Han"
).split(" ");
/** Scripts that are written together: as good as one (UTS 39, augmented script sets). */
const AS_ONE = ["Han Hiragana Katakana", "Han Bopomofo", "Han Hangul"];

/** Letters and marks of those scripts that are not recommended: pairs of a gap and, behind a point, a length if it is not 1, in base 36. */
const NOT_RECOMMENDED =
  "ao.f 1.g 2.d 2.j p 6.2 g.2 10.2 2.6 e.11 1.2e 9.2 2.5 4.c s m 7.2 3 2.6 1.7 6.4 2 2.3 1.2 2.6 6.1a " +
  "2.2 7 27 7.b h 3.2 1.2 2s.y 1.5 3c.g q.4 1e 13 8.z 1.9 1 1.2 1.2 1 20.b 11 l.a e.2 3 q i 1g.7 2.6 " +
  "2.2 1.4 bl 7.9 d.5 1.2 l.o 1.u 25 2.5 y 7 3f 2c z 3n 22 t.2 4c 1f z.3 1 5.2 t 2i 1 y 2 1i.2 7 q 2.2 " +
  "t d.2 l 1k 6.a 3 84.2 v 9y.12 17.6 9.74 143.2 3 b.2 o.2 1 1 9 k2.e 1.v 2.c b8.b 1x.3 1.12 6.18 3 b i " +
  "s.d 1.y 11.1m 1.5 4c.2 1 2i.6 8v.2 j 3f.d 4 3.c 1t r 1d.9 253.s 2.2 3k.12 56.w 1b dt.f 1.5 5.2 6p " +
  "5d.g myo.1c 4.a 2.s 2.2 3m.26 1.n 3.2 1.4 2.m 1.l b.5 2 1 5.3 o.3 2.6 68.o 3 1.3 2o.t 2r.7 95.17 5.6 " +
  "2 8qv.n 4.1d 6xu kh.g g.g 1v jw.1h 3s 6a wv 1fl.6 1e.6 1jk.k hkv e.5 cmx.4 1.7 1.2 1.7z 5wh.1a 2.n " +
  "f2.5 3.6 8.8 2.7 u.4 44.3 1985.6 4ma.c gsi.3be f62u.6o";
/** The same, what Unicode 17 (Elixir 1.19) added; rare Han characters, of which there are tens of thousands, are left out. */
const NOT_RECOMMENDED_17 =
  "7o.2 m.2 a l.2 6.2 a.2 35.8 1.6 6.4 2 3.2 4.u 6.2 6.e 54 y.3 1.2 f.2 7.2 1 4 2.2 8 2 1h.3 3i.5 c 1u " +
  "c 18.6 c.2 8.2 g.2 7.e b.2 e.4 8.2 2.6 g.k 2.4 4.2 15 2i 1m.4 20.2 1.2 j t u a.4 4 8 5 1 3.2 5 11.2 " +
  "j.3 2b 2.3 1.9 1 2.2 3 1.3 4.e 6o.o 1.6 i 8.3 5 2.6 8.4 1.2 1m 7 s a 8 6 b f.4 d 7.2 2 e 1c p 8.4 q " +
  "2 1 2q.a 2.3 c 1n i f.4 m.6 c 14 7 n 1 8.2 4.a i 25 6 e.a h 2 7 10 a.2 n.2 6 2.2 4.a g b 10 a.2 6 " +
  "g.2 6 2.4 d.3 c b s g 2 e 1 5.3 9.2 4.a u f 4v 1j 2 2 1.6 4 7 7.2 2 2 a j f.2 w 1g 1 6.2 16.3 l.2 " +
  "2.a u.3 l 3t.a b.g m.4 1.e 2h.4 2.3 7b 3j 13 20.8 f f 13 i 2.3 w.g st.2 a 19 4 17n.c 2.4 2.c 2.2 2.g " +
  "2.4 4.2 a.e 2.6 2.8 2.2 2.q 2.4 2.6 2u.m 2.6 2.12 2.6 2.8 1 1 1 1.i 1 1 1 1 1 1 3.w g.2 4.5 1 5.3 " +
  "1.3 1 1 3.3 3.5 5.3 1.7 7.3 1.3 1 1 2lm 5 2a.n 9.7 1.7 1.7 1.7 1.7 1.7 1.7 1.7 je.2 2y.15 1 34.w n27 " +
  "47.9 2w 9.2 18.b 5.2 1 1.5 el.o 2p.n 3 1.4 3l.6 2.6 2.6 9.7 1.7 1j.2 kib v6r.4 f t.3 2 e.4 908.v 6.6 " +
  "9w";

/** What Unicode 17 takes back of the first table. */
const RECOMMENDED_17 = "ap 4 2.2 3 1.3 1 1.4 3 k.3 2 11 2u 7.2 5.2 1.2 3 7 4.2 8 m 1 6 sb e8 106";
/** What Unicode 14 (Elixir 1.14) does not know yet, and what only it recommends. */
const NOT_RECOMMENDED_14 = "2k3 d6 6r0 23w6 y 91r.6 9w 16eh aeu.ha 7aq.38g";
const RECOMMENDED_14 = "x4e 9.2";

function addTo(codes: Set<number>, table: string): void {
  eachCode(table, (code) => codes.add(code));
}

function removeFrom(codes: Set<number>, table: string): void {
  eachCode(table, (code) => codes.delete(code));
}

function eachCode(table: string, visit: (code: number) => void): void {
  let at = 0;
  for (const pair of table.split(" ")) {
    const [gap, length] = pair.split(".").map((digits) => Number.parseInt(digits, 36));
    at += gap!;
    for (let end = at + (length ?? 1); at < end; at++) visit(at);
  }
}

/** Version of Unicode that a release of Elixir goes by, as far as it makes a difference here. */
export type IdentifierUnicode = 14 | 15 | 17;

function notRecommended(unicode: IdentifierUnicode): ReadonlySet<number> {
  const codes = new Set<number>();
  addTo(codes, NOT_RECOMMENDED);
  if (unicode === 14) {
    addTo(codes, NOT_RECOMMENDED_14);
    removeFrom(codes, RECOMMENDED_14);
  } else if (unicode === 17) {
    addTo(codes, NOT_RECOMMENDED_17);
    removeFrom(codes, RECOMMENDED_17);
  }
  return codes;
}

const only = (scripts: readonly string[]): RegExp =>
  new RegExp(
    `^(?:${["Common", "Inherited", ...scripts].map((script) => `\\p{scx=${script}}`).join("|")})*$`,
    "u",
  );

// Built at the first atom that needs them: most programs have none.
let single: readonly RegExp[] | undefined;
let withLatin: readonly RegExp[] | undefined;
const codeSets = new Map<IdentifierUnicode, ReadonlySet<number>>();

const oneOf = (sets: readonly RegExp[], text: string): boolean => sets.some((set) => set.test(text));

/** From Elixir 1.18 on scripts may be mixed only with `_` between them; before that, a few of them with Latin. */
function mixesScripts(text: string, chunks: boolean): boolean {
  single ??= [...SCRIPTS, ...AS_ONE].map((set) => only(set.split(" ")));
  const sets = single;
  if (chunks) return !text.split("_").every((chunk) => oneOf(sets, chunk));
  withLatin ??= AS_ONE.map((set) => only(["Latin", ...set.split(" ")]));
  return !oneOf(sets, text) && !oneOf(withLatin, text);
}

export interface IdentifierStyle {
  readonly identifierUnicode: IdentifierUnicode;
  readonly scriptChunks: boolean;
}

/** Does Elixir's tokenizer take `text`, which is not all ASCII, as an identifier (normalised or not)? */
export function isUnicodeIdentifier(text: string, style: IdentifierStyle): boolean {
  if (!IDENTIFIER.test(text)) return false;
  const unicode = style.identifierUnicode;
  const refused = codeSets.get(unicode) ?? notRecommended(unicode);
  codeSets.set(unicode, refused);
  for (const character of text) {
    if (refused.has(character.codePointAt(0)!) || character.normalize("NFKC") !== character) return false;
  }
  // Of letters that only composing makes, those that are not recommended count for no script.
  const composed = Array.from(text.normalize("NFC")).filter(
    (character) => !refused.has(character.codePointAt(0)!),
  );
  return !mixesScripts(composed.join(""), style.scriptChunks);
}
