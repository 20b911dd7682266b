import type { Signal } from "@preact/signals";
import type { Client } from "../../src/client/mod.ts";
import type { Clock } from "../../src/core/mod.ts";
import type { Access } from "../access/access.ts";
import type { Permissions } from "../access/permissions.ts";
import type { PriceAlertsLater } from "../alerts/price-alerts-later.ts";
import type { ChartMarkers } from "../chart/chart-markers.ts";
import type { FrameQueue } from "../market/frame-queue.ts";
import type { Market } from "../market/market.ts";
import type { MarketColumns } from "../markets/market-columns.ts";
import type { Sparklines } from "../markets/sparklines.ts";
import type { Watchlists } from "../markets/watchlists.ts";
import type { SignalAlerts } from "../signals/signal-alerts.ts";
import type { SignalFeed } from "../signals/signal-feed.ts";
import type { TimeZoneChoice } from "../text/time-zone.ts";
import type { TraderBook } from "../traders/trader-book.ts";
import type { Router } from "./router.ts";
import type { Shortcuts } from "./shortcuts.ts";
import type { PageStorage } from "./storage.ts";
import type { ThemeChoice } from "./theme.ts";

/** The shared objects of all screens. There is one of each for as long as the page is open. */
export interface Page {
  /** The server. */
  readonly client: Client;
  /** The wall clock, because the browser's monotonic one may stand still while a laptop sleeps, and old prices would look fresh. */
  readonly clock: Clock;
  /** The updates for the next frame. */
  readonly queue: FrameQueue;
  readonly market: Market;
  readonly watchlists: Watchlists;
  /** The ready columns that a user added to the table of symbols. */
  readonly columns: MarketColumns;
  readonly sparklines: Sparklines;
  readonly router: Router;
  readonly shortcuts: Shortcuts;
  readonly isHelpOpen: Signal<boolean>;
  readonly isPaletteOpen: Signal<boolean>;
  readonly isListEditorOpen: Signal<boolean>;
  readonly theme: ThemeChoice;
  readonly access: Access;
  readonly permissions: Permissions;
  /** The browser's storage for the next visit. */
  readonly storage: PageStorage;
  /** The zone of the chart's times; other screens have UTC. */
  readonly timeZone: TimeZoneChoice;
  /** The marks on the chart. */
  readonly markers: ChartMarkers;
  readonly traders: TraderBook;
  /** Whether traders run in this server; if not, in Supabase. */
  readonly runsTraders: boolean;
  readonly signals: SignalFeed;
  readonly alerts: SignalAlerts;
  readonly priceAlerts: PriceAlertsLater;
}
