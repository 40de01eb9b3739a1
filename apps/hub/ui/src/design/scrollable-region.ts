/** A frame that scrolls must be reachable by keyboard, but only while it scrolls: else Tab stops at nothing. */
import { useEffect, useRef, useState, type RefObject } from 'react';

export interface ScrollableRegion {
  readonly ref: RefObject<HTMLDivElement | null>;
  readonly role?: 'region';
  readonly tabIndex?: 0;
  readonly 'aria-label'?: string;
}

/** Attributes of the frame; watches whether its content is wider than it. */
export function useScrollableRegion(label: string): ScrollableRegion {
  const ref = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(false);
  useEffect(() => {
    const frame = ref.current;
    if (frame === null) return;
    const watch = new ResizeObserver(() => setScrolls(frame.scrollWidth > frame.clientWidth));
    watch.observe(frame);
    if (frame.firstElementChild !== null) watch.observe(frame.firstElementChild);
    return () => watch.disconnect();
  }, []);
  return { ref, ...(scrolls ? { role: 'region', tabIndex: 0, 'aria-label': label } : {}) };
}
