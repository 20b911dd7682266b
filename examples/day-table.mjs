// Prints a day of 1-minute candles as a table (CSV), and whether it is whole. In a project that has vyx:
//   node day-table.mjs [URL] [SYMBOL] [DAY]   bun day-table.mjs …   deno run --allow-net day-table.mjs …
import process from "node:process";
import { createClient } from "vyx/client";

const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
const [url = "http://127.0.0.1:8080", symbol = "BTCUSDT", day = yesterday] = process.argv.slice(2);
const startTime = Date.parse(`${day}T00:00Z`);
const columns = ["openTime", "open", "high", "low", "close", "volume"];
let isSettled = false;

console.log(columns.join());
const range = { startTime, endTime: startTime + 86_399_999, onProgress: ({ settled }) => (isSettled = settled) };
for await (const kline of createClient({ url }).history(symbol, "1m", range)) {
  console.log(columns.map((column) => kline[column]).join());
}
console.error(isSettled ? "whole: a minute that isn't here doesn't exist" : "the server isn't certain of all of it");
