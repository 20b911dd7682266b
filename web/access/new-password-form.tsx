import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Access } from "./access.ts";
import { Field } from "./field.tsx";
import { submit } from "./submit.ts";
import type { UserSession } from "./user-session.ts";

interface NewPasswordFormParts {
  readonly access: Access;
  readonly session: UserSession;
  /** The account that the e-mail link names. */
  readonly email: string;
}

/** The form for a new password, which the e-mail link opens. */
export function NewPasswordForm({ access, session, email }: NewPasswordFormParts): JSX.Element {
  const password = useSignal("");
  const fault = useSignal("");
  const isBusy = useSignal(false);
  const onSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    await submit(
      { isBusy, fault },
      async () => (await session.choosePassword(password.peek())) ?? (await access.enter()),
    );
  };
  return (
    <div class="access">
      <div class="access-forms">
        <h2>Choose a new password</h2>
        <p>
          For the account <strong>{email}</strong>.
          {session.user !== undefined && session.user !== email
            ? ` This tab is signed in as ${session.user}, who will be signed out.`
            : ""}
        </p>
        <form noValidate onSubmit={(event) => void onSubmit(event)}>
          <Field
            label="New password"
            type="password"
            autocomplete="new-password"
            text={password}
            describedBy="new-password-fault"
          />
          <p id="new-password-fault" class="access-fault" role="alert">
            {fault}
          </p>
          <button type="submit" class="button button-main" disabled={isBusy}>
            Save the password
          </button>
        </form>
      </div>
    </div>
  );
}
