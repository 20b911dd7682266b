import type { JSX } from "preact";
import type { Access } from "./access.ts";

/** Who is signed in, or that a key is in use, and the way out. Nothing where the server asks nobody. */
export function LeaveButton({ access }: { access: Access }): JSX.Element | null {
  const { key, user } = access;
  if (user !== undefined) {
    return (
      <>
        <span class="who" title={`Signed in as ${user}`}>
          {user}
        </span>
        <button
          type="button"
          class="icon-button leave"
          aria-label={`Sign out ${user}`}
          title={`Signed in as ${user}: sign out`}
          onClick={() => void access.leave()}
        >
          <svg viewBox="0 0 16 16" width="15" height="15" aria-hidden="true">
            <path
              d="M6.5 2.5h-4v11h4M10 4.5 13.5 8 10 11.5M13.5 8h-8"
              fill="none"
              stroke="currentColor"
              stroke-width="1.3"
              stroke-linejoin="round"
            />
          </svg>
        </button>
      </>
    );
  }
  if (key === undefined) return null;
  return (
    <button
      type="button"
      class="icon-button leave"
      aria-label="Forget the key"
      title="A key is in use: forget it"
      onClick={() => void access.leave()}
    >
      <svg viewBox="0 0 16 16" width="15" height="15" aria-hidden="true">
        <path
          d="M5.5 8.5a3 3 0 1 1 0-1h8v3h-2v-2h-2v2h-2v-2z"
          fill="none"
          stroke="currentColor"
          stroke-width="1.3"
          stroke-linejoin="round"
        />
      </svg>
    </button>
  );
}
