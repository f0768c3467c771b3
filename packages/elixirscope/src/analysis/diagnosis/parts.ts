/** Split at commas that are in no bracket or text. */
export function parts(text: string): readonly string[] {
  const found: string[] = [];
  let [depth, from, quoted] = [0, 0, false];
  for (let i = 0; i < text.length; i++) {
    const sign = text[i]!;
    if (sign === '"' && text[i - 1] !== "\\") quoted = !quoted;
    if (quoted) continue;
    if ("([{<".includes(sign)) depth++;
    else if (")]}>".includes(sign)) depth--;
    else if (sign === "," && depth === 0) {
      found.push(text.slice(from, i).trim());
      from = i + 1;
    }
  }
  const last = text.slice(from).trim();
  return last === "" ? found : [...found, last];
}
