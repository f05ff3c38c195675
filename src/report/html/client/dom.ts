type Attributes = Readonly<Record<string, string | boolean | undefined>>;

/** An element with attributes and children. Texts become text nodes: nothing is ever read as markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children);
  return made;
}

/** An element that the page is sure to have. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`The page has no ${type.name} ${id}.`);
  return found;
}

/** A list's first names, and a button that shows more of them, so many at a time. */
export function nameList(total: number, show: (index: number) => Node | string, first: number): HTMLElement {
  const list = element('ul', { class: 'names' });
  let shown = 0;
  const add = (number: number): void => {
    const end = Math.min(total, shown + number);
    for (; shown < end; shown++) list.append(element('li', {}, show(shown)));
  };
  add(total <= first + 1 ? total : first);
  if (shown === total) return list;
  const label = (): string => `and ${(total - shown).toLocaleString('en')} more`;
  const more = element('button', { type: 'button', class: 'more' }, label());
  more.addEventListener('click', () => {
    const next = shown;
    add(MORE_NAMES);
    more.textContent = label();
    if (shown === total) {
      more.remove();
      const focused = list.children[next];
      if (focused instanceof HTMLElement) {
        focused.tabIndex = -1;
        focused.focus();
      }
    }
  });
  return element('div', {}, list, more);
}

const MORE_NAMES = 200;
