import type { JSX } from "preact";
import { IconButton } from "../shell/icon-button.tsx";
import type { Access } from "./access.ts";

/** The paths of the icons, in a box of 16 × 16: exit and key. */
const EXIT = "M6.5 2.5h-4v11h4M10 4.5 13.5 8 10 11.5M13.5 8h-8";
const KEY = "M5.5 8.5a3 3 0 1 1 0-1h8v3h-2v-2h-2v2h-2v-2z";

/** The signed-in user or the key in use, with a button to sign out. Empty if the server requires neither. */
export function SignOutButton({ access }: { access: Access }): JSX.Element | null {
  const { key, user, isRemembered } = access;
  const button = (label: string, title: string, lines: string): JSX.Element => (
    <IconButton class="sign-out" label={label} title={title} lines={lines} onClick={() => void access.signOut()} />
  );
  if (user !== undefined) {
    return (
      <>
        <span class="who" title={`Signed in as ${user}`}>
          {user}
        </span>
        {button(`Sign out ${user}`, `Signed in as ${user}: sign out`, EXIT)}
      </>
    );
  }
  if (key === undefined) return null;
  return button("Remove the API key", `Remove the API key from this ${isRemembered ? "device" : "tab"}`, KEY);
}
