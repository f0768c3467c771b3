import { saveFile } from "../../parts/save-file.ts";

const SHAPE = ["fill", "stroke", "stroke-width", "stroke-dasharray"] as const;
const TEXT = [
  "fill",
  "stroke",
  "stroke-width",
  "paint-order",
  "font-family",
  "font-size",
  "font-weight",
] as const;
/** What makes up the look of each element; others have none of their own. */
const LOOKS: Readonly<Record<string, readonly string[]>> = {
  line: SHAPE,
  rect: SHAPE,
  path: SHAPE,
  text: TEXT,
  tspan: ["fill"],
  g: ["opacity"],
};

/** Saves the diagram as a file that stands alone: colours and type as they are on screen, written into it. */
export function saveSvg(svg: SVGSVGElement, name: string): void {
  saveFile(svgText(svg), `${name}.svg`, "image/svg+xml");
}

function svgText(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.classList.add("alone");
  svg.parentElement?.append(copy);
  for (const element of copy.querySelectorAll<SVGElement>("*")) {
    const style = getComputedStyle(element);
    for (const property of LOOKS[element.localName] ?? [])
      element.setAttribute(property, style.getPropertyValue(property));
  }
  const ground = document.createElementNS(svg.namespaceURI, "rect");
  ground.setAttribute("width", "100%");
  ground.setAttribute("height", "100%");
  ground.setAttribute("fill", getComputedStyle(document.documentElement).getPropertyValue("--bg").trim());
  copy.prepend(ground);
  copy.remove();
  for (const element of [copy, ...copy.querySelectorAll("*")]) {
    for (const attribute of ["class", "style", "id", "role", "tabindex"]) element.removeAttribute(attribute);
    for (const name of element.getAttributeNames())
      if (name.startsWith("aria-")) element.removeAttribute(name);
  }
  copy.setAttribute("xmlns", svg.namespaceURI ?? "");
  return new XMLSerializer().serializeToString(copy);
}
