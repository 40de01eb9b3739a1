/** What a key asks of a list. Pure: the document is only looked at, never changed. */

export type Act = 'search' | 'next' | 'previous' | 'open' | 'select' | 'help' | 'leave';

/** Every key, in the order in which the help lists them. */
export const keysOf: Readonly<Record<Act, string>> = {
  search: '/',
  next: 'j',
  previous: 'k',
  open: 'Enter',
  select: 'x',
  help: '?',
  leave: 'Escape',
};

export interface Pressed {
  readonly key: string;
  readonly target: EventTarget | null;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly isComposing: boolean;
  readonly defaultPrevented: boolean;
}

/**
 * The act of a key, or null. Letters mean themselves in a field; in a dialog or an open menu every key belongs to
 * that; with a modifier they belong to the browser. Enter opens only from a row itself, not from a button in it.
 */
export function actOf(pressed: Pressed): Act | null {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey || pressed.isComposing || pressed.defaultPrevented)
    return null;
  const act = (Object.keys(keysOf) as Act[]).find((one) => keysOf[one] === pressed.key) ?? null;
  const at = pressed.target instanceof Element ? pressed.target : null;
  if (act === null || at?.closest('[role="dialog"], [role="menu"], [role="listbox"], [aria-expanded="true"]'))
    return null;
  if (isTypedIn(at)) return act === 'leave' && at?.closest('.app-search') ? act : null;
  if (act === 'leave') return null;
  if (act === 'open') return at?.matches('[data-row]') ? act : null;
  return act;
}

const typeless: readonly string[] = ['checkbox', 'radio', 'button', 'submit', 'reset', 'range'];

/** Whether keys write into this element. */
export function isTypedIn(element: Element | null): boolean {
  if (element === null) return false;
  if (element instanceof HTMLInputElement) return !typeless.includes(element.type);
  return element.matches('textarea, select, [contenteditable=""], [contenteditable="true"], [role="textbox"]');
}
