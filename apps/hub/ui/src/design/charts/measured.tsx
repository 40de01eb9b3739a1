import { getResizeObserver } from '@patternfly/react-core';
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import './charts.css';

/** Width where none can be measured: printing, and tests without a layout. */
const assumedWidth = 480;

/** Gives a chart the width of its place, and draws it anew when that changes. Heights are the chart's own. */
export function Measured({ children }: { readonly children: (width: number) => ReactNode }) {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState<number | null>(null);
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const measure = () => setWidth(element.clientWidth === 0 ? assumedWidth : element.clientWidth);
    measure();
    return getResizeObserver(element, measure, true);
  }, []);
  return (
    <div ref={frame} className="app-chart">
      {width !== null && children(width)}
    </div>
  );
}
