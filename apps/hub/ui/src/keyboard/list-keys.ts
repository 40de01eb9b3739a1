import { useEffect, useEffectEvent } from 'react';
import { type Act, actOf } from './acts.ts';
import { rowBeside, rowOf, rowsIn } from './row.ts';

export interface ListKeys {
  /** What holds the search field and the rows. */
  readonly root: { readonly current: HTMLElement | null };
  readonly onHelp: () => void;
  /** Single keys can be switched off: speech input and some hands press them by accident. */
  readonly isOn: boolean;
}

/** Lets the keyboard walk through a list, wherever on the page the focus is. */
export function useListKeys({ root, onHelp, isOn }: ListKeys): void {
  const press = useEffectEvent((event: KeyboardEvent) => {
    const act = actOf(event);
    if (act === null || root.current === null) return;
    if (act === 'help') onHelp();
    else if (!perform(act, root.current)) return;
    event.preventDefault();
  });
  useEffect(() => {
    if (!isOn) return;
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [isOn]);
}

/** Does it; false where there was nothing to do. */
function perform(act: Exclude<Act, 'help'>, root: HTMLElement): boolean {
  const row = rowOf(document.activeElement);
  switch (act) {
    case 'search':
      return focus(root.querySelector<HTMLInputElement>('.app-search input'));
    case 'leave':
      return focus(rowBeside(rowsIn(root), null, 1)) || blur();
    case 'next':
      return focus(rowBeside(rowsIn(root), row, 1));
    case 'previous':
      return focus(rowBeside(rowsIn(root), row, -1));
    case 'open':
      return click(row?.querySelector<HTMLElement>('a'));
    case 'select':
      return click(row?.querySelector<HTMLElement>('input[type="checkbox"]'));
  }
}

function focus(element: HTMLElement | null | undefined): boolean {
  if (!element) return false;
  element.focus();
  element.scrollIntoView?.({ block: 'nearest' });
  if (element instanceof HTMLInputElement) element.select();
  return true;
}

function click(element: HTMLElement | null | undefined): boolean {
  element?.click();
  return element !== null && element !== undefined;
}

function blur(): boolean {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  return true;
}
