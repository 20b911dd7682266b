// Prints a day of 1-minute candles as a table (CSV), and whether it is whole. Without DAY the last 24 hours, as far back as
// the server has them. In a project that has vyx:
//   node day-table.mjs [URL] [SYMBOL] [DAY]   bun day-table.mjs …   deno run --allow-net day-table.mjs …
import process from "node:process";
import { createClient } from "vyx/client";

const dayMs = 86_400_000;
const [url = "http://127.0.0.1:8080", symbol = "BTCUSDT", day] = process.argv.slice(2);
const startTime = day === undefined ? Date.now() - dayMs : Date.parse(`${day}T00:00Z`);
if (Number.isNaN(startTime)) {
  console.error(`${day} is no day: expected for example 2026-01-31`);
  process.exit(1);
}
const columns = ["openTime", "open", "high", "low", "close", "volume"];
let [isSettled, rows] = [false, 0];

console.log(columns.join());
const range = { startTime, endTime: startTime + dayMs - 1, onProgress: ({ settled }) => (isSettled = settled) };
for await (const kline of createClient({ url }).history(symbol, "1m", range)) {
  console.log(columns.map((column) => kline[column]).join());
  rows += 1;
}
if (rows === 0) {
  console.error(`${url} has no candles of ${symbol} for this day: see ${url}/coverage/${symbol}/1m for what it has`);
  process.exit(1);
}
console.error(isSettled ? "whole: a minute that isn't here doesn't exist" : "the server isn't certain of all of it");
