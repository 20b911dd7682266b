import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Interval } from "../../src/core/mod.ts";
import { copyText } from "../shell/copy-text.ts";
import { MAX_WISH } from "./prompt.ts";
import { PromptState } from "./prompt-state.ts";

/** Copies what a chat model needs to write a filter. */
export function PromptForm({ served }: { readonly served: readonly Interval[] }): JSX.Element {
  const state = useMemo(() => new PromptState(copyText), []);
  const outcome = state.outcome.value;
  return (
    <form
      class="prompt-form"
      onSubmit={(event) => {
        event.preventDefault();
        void state.copy(served);
      }}
    >
      <label class="field">
        <span>Have a chat model write the filter: what is it to find?</span>
        <textarea
          rows={2}
          maxLength={MAX_WISH}
          placeholder="Pairs that fall for three hours and turn up on rising volume"
          value={state.wish.value}
          onInput={(event) => state.change(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button">
        Copy as a prompt
      </button>
      <p class="muted" role="status">
        {outcome.kind === "copied"
          ? "Copied. Paste it into a chat, and the code that comes back into the filter. Check it there: preview it and backtest it before you save."
          : outcome.kind === "refused"
            ? "The browser doesn't let the page copy. Copy the text from here:"
            : ""}
      </p>
      {outcome.kind === "refused" ? (
        <textarea
          aria-label="The prompt"
          rows={8}
          readOnly
          value={outcome.text}
          onFocus={(event) => event.currentTarget.select()}
        />
      ) : null}
    </form>
  );
}
