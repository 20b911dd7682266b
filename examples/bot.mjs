// Decides once at each closed candle, through lost connections, restarts of the server and kill -9. In a project that has vyx:
//   node bot.mjs [URL] [JOURNAL]
// One line of the journal is both the decision and the place to go on from, so neither can be there without the other.
// For an exchange, use symbol and openTime as the order's own id (clientOrderId): a second order of it is refused there.
import { appendFileSync, existsSync, readFileSync, truncateSync } from "node:fs";
import process from "node:process";
import { createClient } from "vyx/client";

const [url = "http://127.0.0.1:8080", journal = "bot.jsonl"] = process.argv.slice(2);
const channel = "closed:BTCUSDT:1m";
const WebSocket = globalThis.WebSocket ?? (await import("ws")).default;

let { epoch, openTime, close } = lastLine();
const since = openTime === undefined ? undefined : { [channel]: openTime };

for await (const message of createClient({ url, WebSocket }).subscribe([channel], { since, epoch })) {
  if (message.type === "connected") epoch = message.epoch ?? epoch;
  if (message.type === "gap") console.error("candles are missing, decide by hand:", message);
  // The first start, or another market than before: nothing is decided about the past.
  if (message.type === "snapshot" && message.klines.length > 0) note(message.klines.at(-1), "begin");
  if (message.type === "kline" && !message.restated) note(message.kline, message.kline.close > close ? "buy" : "sell");
}

function note(kline, order) {
  ({ openTime, close } = kline);
  appendFileSync(journal, `${JSON.stringify({ epoch, openTime, close, order })}\n`);
}

function lastLine() {
  const text = existsSync(journal) ? readFileSync(journal, "utf8") : "";
  // Whatever follows the last line break was cut while it was written.
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole.length < text.length) truncateSync(journal, Buffer.byteLength(whole));
  return JSON.parse(whole.trimEnd().split("\n").at(-1) || "{}");
}
