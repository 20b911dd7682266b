import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Destination } from "../../src/wire/mod.ts";
import type { MessagesState } from "./messages-state.ts";

/** Asks for the code that was mailed to an address. Nothing else is sent there before. */
export function CodeForm({ destination, state }: { destination: Destination; state: MessagesState }): JSX.Element {
  const { id, name, shown } = destination;
  const code = useSignal("");
  return (
    <form
      class="code-form"
      aria-label={`Confirm ${name}`}
      onSubmit={(event) => {
        event.preventDefault();
        void state.confirm(id, code.value);
      }}
    >
      <p class="small">
        Not confirmed yet. Enter the code that was mailed to {shown}; until then nothing else is sent.
      </p>
      <div class="form-line">
        <label class="field">
          <span>Code for {name}</span>
          <input
            type="text"
            inputMode="numeric"
            autocomplete="one-time-code"
            size={10}
            required
            value={code.value}
            onInput={({ currentTarget: { value } }) => {
              code.value = value;
            }}
          />
        </label>
        <button type="submit" class="button button-main">
          Confirm
        </button>
        <button type="button" class="button" onClick={() => void state.mailCode(id)}>
          Mail another code
        </button>
      </div>
    </form>
  );
}
