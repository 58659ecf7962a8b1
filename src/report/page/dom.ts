type Child = Node | string | number | undefined | readonly Child[];

type Attributes = Readonly<Record<string, string | number | boolean | ((event: Event) => void) | undefined>>;

const svgNamespace = 'http://www.w3.org/2000/svg';

/**
 * Makes an element. Text only ever becomes text nodes and attribute values, so that no name or tag can become markup; `on…` attributes are listeners,
 * true stands for an attribute without a value, and what is undefined or false is left out.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for an element of a drawing. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS(svgNamespace, tag), attributes, children);
}

function fill<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name.replace(/^on/, ''), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

function append(element: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === undefined) continue;
    if (isList(child)) append(element, child);
    else element.append(child instanceof Node ? child : String(child));
  }
}

function isList(child: Child): child is readonly Child[] {
  return Array.isArray(child);
}

/** A heading with its section, which a link of the navigation leads to. */
export function section(id: string, title: string, ...children: Child[]): HTMLElement {
  return h('section', { id, 'aria-labelledby': `${id}-title`, tabindex: -1 }, h('h2', { id: `${id}-title` }, title), ...children);
}

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => Child;
  /** Numbers stand right. */
  readonly isNumber?: boolean;
  /** Something to press: not printed. */
  readonly isAction?: boolean;
}

/** A table that is drawn at once, for lists that are not long; its first column heads the rows. */
export function table<T>(caption: string, columns: readonly Column<T>[], rows: readonly T[]): HTMLElement {
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      {},
      h('caption', {}, caption),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          columns.map((column) => h('th', { scope: 'col', class: classOf(column) }, column.title)),
        ),
      ),
      h(
        'tbody',
        {},
        rows.map((row) =>
          h(
            'tr',
            {},
            columns.map((column, index) => cellOf(column, row, index === 0)),
          ),
        ),
      ),
    ),
  );
}

export function cellOf<T>(column: Column<T>, row: T, isHeader: boolean): HTMLElement {
  const attributes = { class: classOf(column) };
  return isHeader ? h('th', { ...attributes, scope: 'row' }, column.cell(row)) : h('td', attributes, column.cell(row));
}

export function classOf<T>({ isNumber, isAction }: Column<T>): string | undefined {
  return isNumber ? 'number' : isAction ? 'act' : undefined;
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 session`, `2 sessions`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
