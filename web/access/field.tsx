import type { Signal } from "@preact/signals";
import type { JSX } from "preact";

/** Properties of a field. */
interface FieldProps {
  readonly label: string;
  readonly type: "email" | "password";
  /** The autocomplete hint for the browser. */
  readonly autocomplete: "username" | "current-password" | "new-password" | "off";
  readonly text: Signal<string>;
  /** The id of the element with the error. */
  readonly describedBy: string;
}

/** An input with a label. */
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
