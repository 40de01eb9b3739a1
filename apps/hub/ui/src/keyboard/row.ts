/** Rows that the keyboard can walk through. A list marks its rows; the keys find them in the document. */

/** Attributes of a row: its name, and whether Tab leads to it. Exactly one row of a list is a tab stop. */
export function rowProps(name: string, isTabStop: boolean): { 'data-row': string; tabIndex: number } {
  return { 'data-row': name, tabIndex: isTabStop ? 0 : -1 };
}

/** The row that an element belongs to. */
export function rowOf(element: EventTarget | null): HTMLElement | null {
  return element instanceof Element ? element.closest<HTMLElement>('[data-row]') : null;
}

/** Every row on the page, from top to bottom. */
export function rowsIn(root: ParentNode): readonly HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>('[data-row]')];
}

/** The row a step away from this one; from nowhere the tab stop. Undefined past either end. */
export function rowBeside(
  rows: readonly HTMLElement[],
  current: HTMLElement | null,
  step: 1 | -1,
): HTMLElement | undefined {
  if (current === null) return rows.find((row) => row.tabIndex === 0) ?? rows[0];
  const index = rows.indexOf(current);
  return index < 0 ? rows[0] : rows[index + step];
}
