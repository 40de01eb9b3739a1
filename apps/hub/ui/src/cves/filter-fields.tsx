import { FormGroup, GridItem } from '@patternfly/react-core';
import { type ReactNode, useId } from 'react';
import { Choice, type ChoiceOption } from '../design/choice.tsx';
import { DebouncedText } from '../design/debounced-text.tsx';

interface TextFieldProps {
  readonly label: string;
  readonly value: string | number | undefined;
  readonly type?: 'text' | 'number';
  readonly onChange: (value: string | undefined) => void;
}

/** A text or number that narrows the list once typing pauses. Empty is no filter. */
export function TextField({ label, value, type = 'text', onChange }: TextFieldProps) {
  return (
    <Field label={label}>
      {(id) => (
        <DebouncedText
          id={id}
          type={type}
          value={String(value ?? '')}
          onChange={(next) => onChange(next === '' ? undefined : next)}
        />
      )}
    </Field>
  );
}

interface ChoiceFieldProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly ChoiceOption<T>[];
  readonly onChange: (value: T) => void;
}

/** One of a few. */
export function ChoiceField<T extends string>(props: ChoiceFieldProps<T>) {
  return <Field label={props.label}>{() => <Choice {...props} isFullWidth />}</Field>;
}

/** A field with its label above it, one cell of the grid of filters. */
export function Field({ label, children }: { readonly label: string; readonly children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <GridItem>
      <FormGroup label={label} fieldId={id}>
        {children(id)}
      </FormGroup>
    </GridItem>
  );
}
