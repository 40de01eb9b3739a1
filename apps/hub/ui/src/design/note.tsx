import { Popover } from '@patternfly/react-core';
import { type ReactNode, useRef, useState } from 'react';

export interface NoteProps {
  /** Heading of the note, and what the button says it opens. */
  readonly title: string;
  readonly content: () => ReactNode;
  /** What is pressed: a figure, a date. */
  readonly children: ReactNode;
}

/**
 * A value that explains itself when pressed. The popover is only built while it is open: a table has hundreds of
 * these, and each popover costs more than its row.
 */
export function Note({ title, content, children }: NoteProps) {
  const ref = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        ref={ref}
        className="app-note"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {children}
        <span className="pf-v6-screen-reader"> ({title})</span>
      </button>
      {isOpen && (
        <Popover
          triggerRef={ref}
          isVisible
          shouldClose={() => setOpen(false)}
          aria-label={title}
          headerContent={title}
          bodyContent={() => <>{content()}</>}
        />
      )}
    </>
  );
}
