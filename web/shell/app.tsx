import type { JSX } from "preact";
import { Header } from "./header.tsx";
import { Help } from "./help.tsx";
import type { Page } from "./page.ts";
import { ScreenFrame } from "./screen-frame.tsx";
import { StaleNote } from "./stale-note.tsx";
import { useTitle } from "./title.ts";
import { usePageKeys } from "./use-page-keys.ts";

/** The page. */
export function App({ page }: { page: Page }): JSX.Element {
  const { market } = page;
  useTitle(page);
  usePageKeys(page);
  return (
    <div class="app" data-stale={market.isStale}>
      <Header page={page} />
      <StaleNote market={market} />
      <main>
        <ScreenFrame page={page} />
      </main>
      <Help page={page} />
    </div>
  );
}
