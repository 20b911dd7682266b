import type { JSX } from "preact";
import type { ThemeChoice } from "./theme.ts";

/** Goes round: as the system has it, dark, light. */
export function ThemeButton({ theme }: { theme: ThemeChoice }): JSX.Element {
  const name = theme.theme.value;
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={`Theme: ${name}`}
      title={`Theme: ${name}`}
      onClick={() => theme.next()}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-width="1.5" />
        {name === "light" ? null : (
          <path
            d={name === "dark" ? "M8 2.5a5.5 5.5 0 0 0 0 11a5.5 5.5 0 0 0 0-11z" : "M8 2.5a5.5 5.5 0 0 0 0 11z"}
            fill="currentColor"
          />
        )}
      </svg>
    </button>
  );
}
