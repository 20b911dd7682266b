import { render } from "preact";
import { Market } from "./market/market.ts";
import { followAddress } from "./view/address.ts";
import { App } from "./view/app.tsx";

const market = new Market({
  ask: (path) => fetch(path),
  openSocket: () => new WebSocket(new URL("/ws", location.href.replace(/^http/, "ws"))),
  timers: {
    // The wall clock, because the browser's monotonic one may stand still while a laptop sleeps, and old prices would look fresh.
    now: () => Date.now(),
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  },
  luck: () => Math.random(),
  // A page that isn't seen gets no frames.
  atNextFrame: (run) => {
    if (document.hidden) setTimeout(run, 1_000);
    else requestAnimationFrame(run);
  },
});

const root = document.getElementById("page");
if (root !== null) render(<App market={market} />, root);
followAddress(market);
addEventListener("online", () => market.retry());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) market.retry();
});
void market.start();
