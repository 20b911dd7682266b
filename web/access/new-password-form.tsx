import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Access } from "./access.ts";
import { Field } from "./field.tsx";
import type { UserSession } from "./user-session.ts";

/** Where a mail for whoever forgot their password has led: a place for the new one. */
export function NewPasswordForm({ access, session }: { access: Access; session: UserSession }): JSX.Element {
  const password = useSignal("");
  const fault = useSignal("");
  const isAsking = useSignal(false);
  const onSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (isAsking.peek()) return;
    isAsking.value = true;
    fault.value = (await session.choosePassword(password.peek())) ?? (await access.enter()) ?? "";
    isAsking.value = false;
  };
  return (
    <div class="access">
      <div class="access-forms">
        <h2>Choose a new password</h2>
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
          <button type="submit" class="button button-main" disabled={isAsking}>
            Use this password
          </button>
        </form>
      </div>
    </div>
  );
}
