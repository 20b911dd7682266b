// Prints a symbol's price whenever it changes. In a project that has vyx (and, for Node 20, ws):
//   node watch-price.mjs [URL] [SYMBOL]   bun watch-price.mjs …   deno run --allow-net watch-price.mjs …
import process from "node:process";
import { createClient } from "vyx/client";

const [url = "http://127.0.0.1:8080", symbol = "BTCUSDT"] = process.argv.slice(2);
// Node has a WebSocket of its own from version 22 on.
const WebSocket = globalThis.WebSocket ?? (await import("ws")).default;

for await (const message of createClient({ url, WebSocket }).subscribe([`ticker:${symbol}`])) {
  if (message.type === "ticker") console.log(message.ticker.symbol, message.ticker.price);
  if (message.type === "disconnected") console.error(`${message.reason}; trying again`);
}
