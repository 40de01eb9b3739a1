/** Shapes of a chart that can be pressed, and how they stand apart without their colour. */
import type { CSSProperties } from 'react';
import { ground } from './look.ts';

/** A gap in the colour of the card keeps neighbours apart where their colours look alike. */
const apart = { stroke: ground, strokeWidth: 1.5, cursor: 'pointer' } as const;

export const sliceStyle = { data: apart } as const;

export function barStyle(fill: string): { readonly data: CSSProperties } {
  return { data: { ...apart, fill } };
}

interface DataEvents {
  readonly target: 'data';
  readonly eventHandlers: { readonly onClick: () => readonly object[] };
}

/** Victory's events for "pressed": calls `act` with what was drawn. */
export function press(act: (datum: Readonly<Record<string, unknown>>) => void): DataEvents[] {
  function mutation(props: { readonly datum?: Readonly<Record<string, unknown>> }): null {
    if (props.datum !== undefined) act(props.datum);
    return null;
  }
  return [{ target: 'data', eventHandlers: { onClick: () => [{ target: 'data', mutation }] } }];
}
