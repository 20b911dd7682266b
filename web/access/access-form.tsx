import type { JSX } from "preact";
import type { Access } from "./access.ts";
import { KeyForm } from "./key-form.tsx";
import { SignInForm } from "./sign-in-form.tsx";

/** The form for an account or a key, with the reason why the server refused the request. */
export function AccessForm({ access, reason }: { access: Access; reason: string }): JSX.Element {
  const { session } = access;
  const isNew = access.key === undefined && access.user === undefined;
  if (session === undefined) {
    return (
      <div class="access">
        <div class="access-forms">
          <h2>This server requires an API key</h2>
          <p>{isNew ? "Enter an API key to see the market." : reason}</p>
          <KeyForm access={access} />
        </div>
      </div>
    );
  }
  return (
    <div class="access">
      <div class="access-forms">
        <h2>Sign in</h2>
        <p>{isNew ? `This server requires an account at ${session.project} or an API key.` : reason}</p>
        <SignInForm access={access} session={session} />
        <details>
          <summary>Use an API key instead</summary>
          <KeyForm access={access} />
        </details>
      </div>
    </div>
  );
}
