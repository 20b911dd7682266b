import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { copyText } from "../shell/copy-text.ts";

/** Properties of a secret. */
export interface SecretProps {
  /** The destination's name. */
  readonly name: string;
  readonly secret: string;
  /** The user has kept it. */
  readonly onDone: () => void;
}

/** A secret that the server says once: shown until the user puts it away. */
export function Secret({ name, secret, onDone }: SecretProps): JSX.Element {
  const copied = useSignal("");
  const copy = async (): Promise<void> => {
    copied.value = (await copyText(secret)) ? "Copied." : "The browser doesn't let the page copy: select the secret.";
  };
  return (
    <div class="secret small">
      <p role="status">
        The secret that its messages are signed with, shown this once: <code>{secret}</code>
      </p>
      <p class="form-line">
        <button
          type="button"
          class="button small"
          aria-label={`Copy the secret of ${name}`}
          onClick={() => void copy()}
        >
          Copy
        </button>
        <button type="button" class="button small" aria-label={`Put away the secret of ${name}`} onClick={onDone}>
          I have kept it
        </button>
        <span class="muted" role="status">
          {copied}
        </span>
      </p>
    </div>
  );
}
