import { render, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { ForeignWord } from './foreign-text.tsx';

describe('a word of strangers', () => {
  it('is shown as it is, without control characters', () => {
    render(<ForeignWord>{'<b>log4j\u0000-core</b>'}</ForeignWord>);
    expect(screen.getByText('<b>log4j-core</b>').tagName).toBe('BDI');
  });

  it('is cut where no name would be so long, and never within a character', () => {
    const { container } = render(<ForeignWord>{`${'a'.repeat(499)}\u{1F4A5}${'b'.repeat(10_000)}`}</ForeignWord>);
    expect(container.textContent).toBe(`${'a'.repeat(499)}…`);
  });
});
