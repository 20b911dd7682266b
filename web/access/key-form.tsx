import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Access } from "./access.ts";
import { Field } from "./field.tsx";
import { submit } from "./submit.ts";

/** The form for an API key. */
export function KeyForm({ access }: { access: Access }): JSX.Element {
  const typed = useSignal("");
  const isRemembered = useSignal(false);
  const fault = useSignal("");
  const isBusy = useSignal(false);
  const onSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    await submit({ isBusy, fault }, () => access.use(typed.peek(), isRemembered.peek()));
  };
  return (
    <form onSubmit={(event) => void onSubmit(event)}>
      <Field label="API key" type="password" autocomplete="off" text={typed} describedBy="key-fault" />
      <p id="key-fault" class="access-fault" role="alert">
        {fault}
      </p>
      <label class="access-choice">
        <input
          type="checkbox"
          checked={isRemembered}
          onChange={(event) => {
            isRemembered.value = event.currentTarget.checked;
          }}
        />
        Remember on this device
      </label>
      <button type="submit" class="button button-main" disabled={isBusy}>
        Use this key
      </button>
      <p class="muted">
        {isRemembered.value
          ? "This browser keeps the key until you remove it with the key button at the top. Don't do this on a shared computer."
          : "The key stays in this tab and is deleted when you close it."}
      </p>
    </form>
  );
}
