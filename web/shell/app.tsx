import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { AccessForm } from "../access/access-form.tsx";
import { NewPasswordForm } from "../access/new-password-form.tsx";
import { Header } from "./header.tsx";
import { Help } from "./help.tsx";
import { Notice } from "./notice.tsx";
import type { Page } from "./page.ts";
import { ScreenFrame } from "./screen-frame.tsx";
import { StaleNote } from "./stale-note.tsx";
import { useTitle } from "./title.ts";
import { usePageKeys } from "./use-page-keys.ts";

/** The page. */
export function App({ page }: { page: Page }): JSX.Element {
  const { market } = page;
  const { session } = page.access;
  /** The reason why the server refuses the current credential. */
  const lost = useComputed(() => {
    const ended = session?.ended.value ?? "";
    if (ended !== "") return ended;
    const state = market.connection.value;
    return state.kind === "lost" && state.isAccess ? state.reason : undefined;
  });
  useTitle(page);
  usePageKeys(page);
  return (
    <div class="app" data-stale={market.isStale}>
      <Header page={page} />
      {lost.value === undefined ? <StaleNote market={market} /> : null}
      <Notice router={page.router} />
      <main>
        {session?.link?.kind === "recovery" ? (
          <NewPasswordForm access={page.access} session={session} email={session.link.email} />
        ) : lost.value === undefined ? (
          <ScreenFrame page={page} />
        ) : (
          <AccessForm access={page.access} reason={lost.value} />
        )}
      </main>
      <Help page={page} />
    </div>
  );
}
