import { batch, effect, signal } from "@preact/signals";
import { render } from "preact";
import { createClient, systemClock } from "../src/client/mod.ts";
import { Access } from "./access/access.ts";
import { loadPageSettings } from "./access/page-settings.ts";
import { Permissions } from "./access/permissions.ts";
import { PriceAlertsLater } from "./alerts/price-alerts-later.ts";
import { ChartMarkers } from "./chart/chart-markers.ts";
import { FrameQueue } from "./market/frame-queue.ts";
import { Market } from "./market/market.ts";
import { ServerStream } from "./market/server-stream.ts";
import { AssetNames } from "./markets/asset-names.ts";
import { MarketColumns } from "./markets/market-columns.ts";
import { Sparklines } from "./markets/sparklines.ts";
import { Watchlists } from "./markets/watchlists.ts";
import { App } from "./shell/app.tsx";
import type { Page } from "./shell/page.ts";
import { Router } from "./shell/router.ts";
import { SCREENS } from "./shell/screens.ts";
import { Shortcuts } from "./shell/shortcuts.ts";
import { DRAFTS, pageStorage } from "./shell/storage.ts";
import { ThemeChoice } from "./shell/theme.ts";
import { PolledSignals } from "./signals/polled-signals.ts";
import { SignalAlerts } from "./signals/signal-alerts.ts";
import { SIGNALS, SocketSignals } from "./signals/socket-signals.ts";
import { TimeZoneChoice } from "./text/time-zone.ts";
import { TraderBook } from "./traders/trader-book.ts";

/** Silence after which the client pings the server, in milliseconds. After the same time again the server counts as silent. */
const SILENCE_MS = 900;
/** Further wait before the client reconnects, in milliseconds: a server that is only busy keeps its connection. */
const SILENT_PATIENCE_MS = 4_000;
/** Pause after repeated failures, in milliseconds. Short, because a user is looking at the page. */
const HALF_OPEN_AFTER_MS = 1_000;

/** Time limit for the page's settings, in milliseconds. Short, because the server has just sent the page itself. */
const SETTINGS_WITHIN_MS = 3_000;

const clock = systemClock;
const storage = pageStorage("localStorage");
const tabStorage = pageStorage("sessionStorage");
const { signIn, functionsUrl, markets, scopes } = await loadPageSettings({
  ask: () => createClient({ url: location.origin, deadlineMs: SETTINGS_WITHIN_MS }).pageSettings(),
  askLonger: () => createClient({ url: location.origin }).pageSettings(),
  storage: tabStorage,
  clock,
  reloadPage: () => location.reload(),
});
/** Most servers have no project in which users sign in: its part of the page comes only where there is one. */
const loadUserSession = async () => (await import("./access/user-session.ts")).UserSession;
const session =
  signIn === null
    ? undefined
    : new (await loadUserSession())({ settings: signIn, storage: tabStorage, clock, address: location });
const access = new Access({
  storage: tabStorage,
  deviceStorage: storage,
  url: location.origin,
  session,
  now: () => clock.now(),
  reloadPage: () => location.reload(),
  onSignOut: () => storage.removeItem(DRAFTS),
});
const client = createClient({
  url: location.origin,
  apiKey: access.credential,
  functionsUrl: functionsUrl ?? undefined,
  silenceMs: SILENCE_MS,
  silentPatienceMs: SILENT_PATIENCE_MS,
  halfOpenAfterMs: HALF_OPEN_AFTER_MS,
  // `keepalive` completes a deletion while the page is being closed.
  fetch: (url, init) => fetch(url, { ...init, keepalive: init.method === "DELETE" }),
});
const permissions = new Permissions({ holder: access.holder, runsTraders: functionsUrl === null });
// The settings were asked for without a key or token.
if (access.holder === "visitor") permissions.scopes.value = scopes;
else
  void client.pageSettings().then(
    ({ scopes: own }) => (permissions.scopes.value = own),
    () => {},
  );
/** A page that isn't seen gets no frames. */
const queue = new FrameQueue((run) => {
  if (document.hidden) setTimeout(() => batch(run), 1_000);
  else requestAnimationFrame(() => batch(run));
});
const watchlists = new Watchlists(storage);
const assetNames = new AssetNames();
const columns = new MarketColumns(storage);
const tickers = ["tickers", ...markets.slice(1).map((one) => `tickers:${one}`)];
const stream = new ServerStream(client, functionsUrl === null ? [...tickers, SIGNALS] : tickers);
const market = new Market({ client, stream, clock, queue, watchlists, assetNames, columns, markets });
const traders = new TraderBook({ client, clock });
const signals =
  functionsUrl === null
    ? new SocketSignals(stream)
    : new PolledSignals({ client, clock, isHidden: () => document.hidden });
const alerts = new SignalAlerts({ feed: signals, traders, storage, now: () => clock.now() });
const page: Page = {
  client,
  clock,
  storage,
  access,
  permissions,
  queue,
  market,
  watchlists,
  columns,
  sparklines: new Sparklines({ client, clock, intervals: market.intervals }),
  router: new Router((name) => SCREENS.some((screen) => screen.name === name)),
  shortcuts: new Shortcuts(),
  isHelpOpen: signal(false),
  isPaletteOpen: signal(false),
  isListEditorOpen: signal(false),
  theme: new ThemeChoice(storage),
  timeZone: new TimeZoneChoice(storage),
  markers: new ChartMarkers(),
  traders,
  runsTraders: functionsUrl === null,
  signals,
  alerts,
  priceAlerts: new PriceAlertsLater({ access, clock, storage, alerts, isHidden: () => document.hidden }),
};

const root = document.getElementById("page");
if (root !== null) render(<App page={page} />, root);
function retry(): void {
  market.retry();
  signals.retry();
}
addEventListener("online", retry);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) retry();
});
// Closing the page completes a pending deletion.
addEventListener("pagehide", () => {
  traders.deletion.settle();
  page.priceAlerts.book.peek()?.deletion.settle();
});
// Another tab may have changed the lists.
addEventListener("storage", () => watchlists.reload());
void assetNames.start(async () => (await import("./markets/asset-name-table.ts")).ASSET_NAMES);
void signals.start();
void market.start();
effect(() => {
  const state = market.connection.value;
  if (state.kind === "lost" && state.isAccess) void access.renew();
});
if (page.runsTraders) page.priceAlerts.start();
session?.keep();
