import { afterEach, describe, expect, it } from 'vitest';
import { actOf, keysOf, type Pressed } from './acts.ts';
import { rowBeside, rowOf, rowsIn } from './row.ts';

function pressed(key: string, html = '<p id="at"></p>', more: Partial<Pressed> = {}): Pressed {
  document.body.innerHTML = html;
  const plain = { ctrlKey: false, metaKey: false, altKey: false, isComposing: false, defaultPrevented: false };
  return { key, target: document.querySelector('#at'), ...plain, ...more };
}

afterEach(() => {
  document.body.innerHTML = '';
});

describe('what a key asks of a list', () => {
  it.each([
    ['/', 'search'],
    ['j', 'next'],
    ['k', 'previous'],
    ['x', 'select'],
    ['?', 'help'],
  ])('%s: %s', (key, act) => {
    expect(actOf(pressed(key))).toBe(act);
  });

  it.each([
    '<input id="at">',
    '<input id="at" type="number">',
    '<textarea id="at"></textarea>',
    '<div id="at" contenteditable="true"></div>',
    '<select id="at"></select>',
  ])('nothing while typing in %s', (field) => {
    for (const key of Object.values(keysOf)) expect(actOf(pressed(key, field))).toBeNull();
  });

  it('a checkbox is not typed in', () => {
    expect(actOf(pressed('j', '<input id="at" type="checkbox">'))).toBe('next');
  });

  it.each(['dialog', 'menu', 'listbox'])('nothing within a %s: its keys are its own', (role) => {
    expect(actOf(pressed('j', `<div role="${role}"><button id="at"></button></div>`))).toBeNull();
  });

  it.each(['ctrlKey', 'metaKey', 'altKey', 'isComposing', 'defaultPrevented'] as const)(
    'nothing with %s',
    (modifier) => {
      expect(actOf(pressed('j', undefined, { [modifier]: true }))).toBeNull();
    },
  );

  it('Enter opens from a row, and belongs to a button in it', () => {
    expect(actOf(pressed('Enter', '<div id="at" data-row="a"></div>'))).toBe('open');
    expect(actOf(pressed('Enter', '<div data-row="a"><button id="at"></button></div>'))).toBeNull();
  });

  it('Escape leaves the search field, and only that', () => {
    expect(actOf(pressed('Escape', '<div class="app-search"><input id="at"></div>'))).toBe('leave');
    expect(actOf(pressed('Escape', '<input id="at">'))).toBeNull();
    expect(actOf(pressed('Escape'))).toBeNull();
  });
});

describe('walking through rows', () => {
  function three(): readonly HTMLElement[] {
    document.body.innerHTML = ['a', 'b', 'c']
      .map((name) => `<div data-row="${name}" tabindex="${name === 'b' ? 0 : -1}"><a href="#">${name}</a></div>`)
      .join('');
    return rowsIn(document);
  }

  it('begins at the row that Tab leads to', () => {
    expect(rowBeside(three(), null, 1)?.dataset['row']).toBe('b');
  });

  it('stops at either end instead of jumping to the other', () => {
    const rows = three();
    expect(rowBeside(rows, rows[1] ?? null, 1)?.dataset['row']).toBe('c');
    expect(rowBeside(rows, rows[2] ?? null, 1)).toBeUndefined();
    expect(rowBeside(rows, rows[0] ?? null, -1)).toBeUndefined();
  });

  it('knows the row of whatever stands in it', () => {
    const rows = three();
    expect(rowOf(rows[2]?.querySelector('a') ?? null)).toBe(rows[2]);
    expect(rowOf(document.body)).toBeNull();
  });
});
