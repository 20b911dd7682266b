import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { SignOutButton } from "../access/sign-out-button.tsx";
import { connectionText } from "../market/connection-state.ts";
import { freshnessText } from "../market/freshness.ts";
import { serverStatus } from "../market/server-status.ts";
import { sourceBadge } from "../market/source.ts";
import { IconButton } from "./icon-button.tsx";
import { Navigation } from "./navigation.tsx";
import type { Page } from "./page.ts";
import { routeHash } from "./route.ts";
import { ThemeButton } from "./theme-button.tsx";

/** The source, freshness and status of the prices, always visible. */
export function Header({ page }: { page: Page }): JSX.Element {
  const { market } = page;
  const badge = useComputed(() => sourceBadge(market.source.value, market.isCurrent.value));
  const connection = useComputed(() => connectionText(market.connection.value, market.now.value));
  const connectionKind = useComputed(() => market.connection.value.kind);
  const age = useComputed(() => freshnessText(market.ageMs.value));
  const status = useComputed(() => serverStatus(market.health.value));
  // Read aloud when it changes; a countdown isn't.
  const spoken = useComputed(
    () => `${badge.value.text}, ${connectionKind.value}, ${market.freshness.value}, server ${status.value.kind}`,
  );
  return (
    <header class="header">
      <h1>Vyx</h1>
      <Navigation page={page} />
      <div class="truth">
        <Badge badge={badge.value} />
        <ul class="signs">
          <li class="sign" data-connection={connectionKind}>
            {connection}
          </li>
          <li class="sign" data-freshness={market.freshness}>
            {age}
          </li>
          <li class="sign sign-server" data-server={status.value.kind} title={status.value.says}>
            <a href={routeHash("status")}>{status.value.text}</a>
          </li>
        </ul>
      </div>
      <IconButton
        label="Go to"
        title="Go to a symbol, screen, trader or action (Ctrl K)"
        lines="M11 11l3.5 3.5M12 7A5 5 0 1 1 2 7a5 5 0 0 1 10 0z"
        aria-keyshortcuts="Control+K Meta+K"
        aria-haspopup="dialog"
        onClick={() => {
          page.isPaletteOpen.value = true;
        }}
      />
      <button
        type="button"
        class="icon-button"
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts"
        aria-keyshortcuts="?"
        onClick={() => {
          page.isHelpOpen.value = true;
        }}
      >
        ?
      </button>
      <SignOutButton access={page.access} />
      <ThemeButton theme={page.theme} />
      <p class="unseen" role="status" aria-live="polite">
        {spoken}
      </p>
    </header>
  );
}

function Badge({ badge }: { badge: ReturnType<typeof sourceBadge> }): JSX.Element {
  return (
    <strong class="badge" data-source={badge.kind} title={badge.says}>
      {badge.text}
    </strong>
  );
}
