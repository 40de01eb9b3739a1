import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect } from 'react';

export interface Sight {
  /** 0-based places of the rows to draw. */
  readonly rows: readonly number[];
  /** Heights, in pixels, that stand for the rows that are not drawn. */
  readonly before: number;
  readonly after: number;
  /** The rows really in sight, without those drawn ahead. */
  readonly first: number;
  readonly last: number;
}

export interface SightOptions {
  readonly total: number;
  readonly frame: { readonly current: HTMLDivElement | null };
  /** Of every row, in pixels. */
  readonly height: number;
}

/** Which rows of a long list are in sight of the frame. */
export function useSight({ total, frame, height }: SightOptions): Sight {
  // oxlint-disable-next-line react/incompatible-library -- nothing here is memoized by a compiler
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => frame.current,
    estimateSize: () => height,
    overscan: 6,
  });
  useEffect(() => virtual.measure(), [virtual, height]);
  const items = virtual.getVirtualItems();
  return {
    rows: items.map(({ index }) => index),
    before: items[0]?.start ?? 0,
    after: virtual.getTotalSize() - (items.at(-1)?.end ?? 0),
    first: virtual.range?.startIndex ?? 0,
    last: virtual.range?.endIndex ?? 0,
  };
}
