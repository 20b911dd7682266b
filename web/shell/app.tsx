import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { AccessForm } from "../access/access-form.tsx";
import { NewPasswordForm } from "../access/new-password-form.tsx";
import { AlertsFrame } from "../alerts/alerts-frame.tsx";
import { Header } from "./header.tsx";
import { Help } from "./help.tsx";
import { Notice } from "./notice.tsx";
import type { Page } from "./page.ts";
import { PaletteFrame } from "./palette-frame.tsx";
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
      <SkipLink />
      <Header page={page} />
      {lost.value === undefined ? <StaleNote market={market} /> : null}
      <Notice router={page.router} />
      <main id="content" tabIndex={-1}>
        {session?.link?.kind === "recovery" ? (
          <NewPasswordForm access={page.access} session={session} email={session.link.email} />
        ) : lost.value === undefined ? (
          <ScreenFrame page={page} />
        ) : (
          <AccessForm access={page.access} reason={lost.value} />
        )}
      </main>
      <Help page={page} />
      <PaletteFrame page={page} />
      <AlertsFrame page={page} />
    </div>
  );
}

/** Leads the keyboard past the header. The address stays, because its fragment names the screen. */
function SkipLink(): JSX.Element {
  return (
    // biome-ignore lint/a11y/useValidAnchor: it leads to a place on the page, by script because the fragment is the screen's.
    <a
      class="skip"
      href="#content"
      onClick={(event) => {
        event.preventDefault();
        document.getElementById("content")?.focus();
      }}
    >
      Skip to content
    </a>
  );
}
