import { FormGroup, Slider } from '@patternfly/react-core';
import { useEffect, useId, useState } from 'react';

export interface LimitSliderProps {
  readonly label: string;
  readonly unit?: string;
  readonly value: number;
  readonly max: number;
  readonly step: number;
  readonly onChange: (value: number) => void;
}

/** A lower limit from 0 to `max`, by slider or by number. Reports once the hand rests. */
export function LimitSlider({ label, unit, value, max, step, onChange }: LimitSliderProps) {
  const id = useId();
  const [moved, setMoved] = useState<number | null>(null);
  const shown = moved ?? value;
  useEffect(() => {
    if (moved === null) return;
    const timer = setTimeout(() => {
      setMoved(null);
      if (moved !== value) onChange(moved);
    }, 300);
    return () => clearTimeout(timer);
  });
  function move(next: number): void {
    const within = Math.min(max, Math.max(0, Number.isFinite(next) ? next : 0));
    setMoved(Number((Math.round(within / step) * step).toFixed(1)));
  }
  return (
    <FormGroup label={label} fieldId={id} role="group">
      <Slider
        value={shown}
        max={max}
        step={step}
        showBoundaries={false}
        isInputVisible
        inputValue={shown}
        inputAriaLabel={label}
        thumbAriaLabel={label}
        {...(unit === undefined ? {} : { inputLabel: unit })}
        onChange={(_event, next, typed) => move(typed ?? next)}
      />
    </FormGroup>
  );
}
