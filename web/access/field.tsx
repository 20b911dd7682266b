import type { Signal } from "@preact/signals";
import type { JSX } from "preact";

/** What a field is. */
interface FieldProps {
  readonly label: string;
  readonly type: "email" | "password";
  /** What the browser may fill in. */
  readonly autocomplete: "username" | "current-password" | "new-password" | "off";
  readonly text: Signal<string>;
  /** The id of what tells whether it is wrong. */
  readonly describedBy: string;
}

/** A line to type on. */
export function Field({ label, type, autocomplete, text, describedBy }: FieldProps): JSX.Element {
  return (
    <label>
      {label}
      <input
        // The two kinds differ in nothing that is set here.
        type={type as "password"}
        autocomplete={autocomplete}
        spellcheck={false}
        value={text}
        aria-describedby={describedBy}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
      />
    </label>
  );
}
