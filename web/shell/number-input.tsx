import { useSignal } from "@preact/signals";
import type { JSX } from "preact";

/** Properties of the input. */
export interface NumberInputProps {
  readonly name: string;
  /** NaN for an empty input. */
  readonly value: number;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
  /** Called at each key, with NaN for what isn't a number yet. */
  readonly onChange: (value: number) => void;
}

/** A number that counts as it is typed. What is typed stays as it is until the focus leaves: "1.0" on the way to "1.05". */
export function NumberInput({ name, value, min, max, step, onChange }: NumberInputProps): JSX.Element {
  const typed = useSignal<string | undefined>(undefined);
  return (
    <input
      type="number"
      step={step ?? "any"}
      min={min}
      max={max}
      aria-label={name}
      value={typed.value ?? (Number.isNaN(value) ? "" : value)}
      onInput={({ currentTarget: { value: text, valueAsNumber } }) => {
        typed.value = text;
        onChange(valueAsNumber);
      }}
      onBlur={() => {
        typed.value = undefined;
      }}
    />
  );
}
