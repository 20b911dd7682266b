import { type Signal, signal } from "@preact/signals";
import type { Interval } from "../../src/core/mod.ts";
import { promptFor } from "./prompt.ts";

/** What became of the last attempt to copy. */
export type CopyOutcome =
  | { readonly kind: "none" | "copied" }
  /** The browser doesn't let the page write to the clipboard: over plain HTTP, for example. */
  | { readonly kind: "refused"; readonly text: string };

/** A wish that becomes a prompt for a chat model. */
export class PromptState {
  readonly wish: Signal<string> = signal("");
  readonly outcome: Signal<CopyOutcome> = signal({ kind: "none" });
  readonly #copy: (text: string) => Promise<boolean>;

  /** `copy`: puts a text on the clipboard; false where the browser doesn't let it. */
  constructor(copy: (text: string) => Promise<boolean>) {
    this.#copy = copy;
  }

  change(wish: string): void {
    this.wish.value = wish;
    this.outcome.value = { kind: "none" };
  }

  /** Copies the prompt, or has it shown to be copied by hand. */
  async copy(served: readonly Interval[]): Promise<void> {
    const text = promptFor(this.wish.peek(), served);
    this.outcome.value = (await this.#copy(text)) ? { kind: "copied" } : { kind: "refused", text };
  }
}
