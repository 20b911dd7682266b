import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Access } from "./access.ts";
import { Field } from "./field.tsx";
import { submit } from "./submit.ts";
import type { UserSession } from "./user-session.ts";

/** The form for e-mail address and password, with buttons to create an account and to reset the password. */
export function SignInForm({ access, session }: { access: Access; session: UserSession }): JSX.Element {
  const email = useSignal("");
  const password = useSignal("");
  const fault = useSignal("");
  const note = useSignal(session.link?.kind === "note" ? session.link.text : "");
  const isBusy = useSignal(false);
  const start = async (work: (address: string) => Promise<string | undefined>, needsPassword = true): Promise<void> => {
    if (isBusy.peek()) return;
    const address = email.peek().trim();
    note.value = "";
    fault.value = lackOf(address, needsPassword ? password.peek() : undefined);
    if (fault.peek() !== "") return;
    await submit({ isBusy, fault }, () => work(address));
  };
  const signIn = async (address: string): Promise<string | undefined> =>
    (await session.signIn(address, password.peek())) ?? (await access.enter());
  const signUp = async (address: string): Promise<string | undefined> => {
    const made = await session.signUp(address, password.peek());
    note.value = made.note ?? "";
    if (made.fault !== undefined || made.note !== undefined) return made.fault;
    return await access.enter();
  };
  const recover = async (address: string): Promise<string | undefined> => {
    const wrong = await session.recover(address);
    if (wrong === undefined) {
      note.value = `If ${address} has an account at ${session.project}, it will receive an e-mail with a link to choose a new password.`;
    }
    return wrong;
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void start(signIn);
      }}
    >
      <Field label="E-mail" type="email" autocomplete="username" text={email} describedBy="sign-in-fault" />
      <Field
        label="Password"
        type="password"
        autocomplete="current-password"
        text={password}
        describedBy="sign-in-fault"
      />
      <p id="sign-in-fault" class="access-fault" role="alert">
        {fault}
      </p>
      <button type="submit" class="button button-main" disabled={isBusy}>
        Sign in
      </button>
      <div class="access-others">
        <button type="button" class="button" disabled={isBusy} onClick={() => void start(signUp)}>
          Create an account
        </button>
        <button type="button" class="button" disabled={isBusy} onClick={() => void start(recover, false)}>
          Forgot password
        </button>
      </div>
      <p class="access-note" role="status">
        {note}
      </p>
    </form>
  );
}

/** The missing input, in words. `password` is undefined if none is needed. */
function lackOf(address: string, password: string | undefined): string {
  if (!/^\S+@\S+$/.test(address)) return "Enter your e-mail address, for example anna@example.org.";
  return password === "" ? "Enter your password." : "";
}
