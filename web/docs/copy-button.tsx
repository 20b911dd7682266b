import { useSignal } from "@preact/signals";
import type { JSX } from "preact";

/** How long the button says what it did, in milliseconds. */
const SAYS_MS = 2_000;

/** Copies a text; `says`: its name. */
export function CopyButton({ text, says }: { text: string; says: string }): JSX.Element {
  const done = useSignal("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      done.value = "Copied";
    } catch {
      done.value = "Not copied: select the text";
    }
    setTimeout(() => {
      done.value = "";
    }, SAYS_MS);
  };
  return (
    <span class="copy">
      <span role="status">{done}</span>
      <button type="button" aria-label={says} title={says} onClick={copy}>
        Copy
      </button>
    </span>
  );
}
