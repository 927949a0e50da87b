/** Elements, made and found. Whatever comes from the gateway becomes text here, never markup. */

export type Child = Node | string;

/** The element of the page that has this id. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className !== "") made.className = className;
  made.append(...children);
  return made;
}

export function svg(name: "svg" | "rect", attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value));
  return made;
}

const painted = new WeakMap<Node, string>();

/** Puts `children` into `host`, unless they are made of what stands there: a selection in it lasts, and nothing blinks. */
export function paint(host: HTMLElement, from: unknown, children: () => readonly Child[]): void {
  const key = JSON.stringify(from);
  if (painted.get(host) === key) return;
  painted.set(host, key);
  host.replaceChildren(...children());
}

export type Cell = { readonly text: string; readonly className?: string; readonly badge?: string };

/** The rows of a table's body; one that says `whenEmpty` when there are none. */
export function paintRows(id: string, rows: readonly (readonly Cell[])[], whenEmpty: string): void {
  const body = byId(id);
  paint(body, rows, () => {
    if (rows.length > 0) return rows.map((cells) => element("tr", "", ...cells.map(cellOf)));
    const cell = element("td", "empty", whenEmpty);
    cell.colSpan = body.parentElement?.querySelectorAll("th").length ?? 1;
    return [element("tr", "", cell)];
  });
}

function cellOf({ text, className = "", badge }: Cell): HTMLElement {
  return element("td", className, badge === undefined ? text : element("span", `badge ${badge}`, text));
}
