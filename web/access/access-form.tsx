import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Access } from "./access.ts";

/** Where the server wants a key: what is wrong, and a place for one. */
export function AccessForm({ access, reason }: { access: Access; reason: string }): JSX.Element {
  const typed = useSignal("");
  const fault = useSignal("");
  const isAsking = useSignal(false);
  const onSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (isAsking.peek()) return;
    isAsking.value = true;
    fault.value = (await access.use(typed.peek())) ?? "";
    isAsking.value = false;
  };
  return (
    <div class="access">
      <form onSubmit={(event) => void onSubmit(event)}>
        <h2>This server wants a key</h2>
        <p>{access.key === undefined ? "It shows its market to whoever has one." : reason}</p>
        <label>
          API key
          <input
            type="password"
            autocomplete="off"
            spellcheck={false}
            value={typed}
            aria-describedby="access-fault"
            onInput={(event) => {
              typed.value = event.currentTarget.value;
            }}
          />
        </label>
        <p id="access-fault" class="access-fault" role="alert">
          {fault}
        </p>
        <button type="submit" class="button button-main" disabled={isAsking}>
          Use this key
        </button>
        <p class="muted">It stays in this tab, and is gone when that is closed.</p>
      </form>
    </div>
  );
}
