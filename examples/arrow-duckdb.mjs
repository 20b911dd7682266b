// Reads the candles of some symbols as one Arrow stream into DuckDB, and asks it for the day's widest minutes. Needs
// two packages, in these versions: npm install @uwdata/flechette@2.4.0 @duckdb/node-api@1.5.6-r.1
//   node arrow-duckdb.mjs [URL] [SYMBOLS]
import process from "node:process";
import { BIGINT, DOUBLE, DuckDBInstance, VARCHAR } from "@duckdb/node-api";
import { tableFromIPC } from "@uwdata/flechette";

const [url = "http://127.0.0.1:8080", symbols = "*"] = process.argv.slice(2);
const address = `${url}/klines?symbols=${encodeURIComponent(symbols)}&intervals=1m&limit=500&closed=true`;
const response = await fetch(address, { headers: { accept: "application/vnd.apache.arrow.stream" } });
if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
const arrow = tableFromIPC(new Uint8Array(await response.arrayBuffer()));

const duck = await (await DuckDBInstance.create()).connect();
await duck.run("create table klines (symbol varchar, openTime bigint, high double, low double, close double)");
const appender = await duck.createAppender("klines");
for (const { symbol, openTime, high, low, close } of arrow) {
  appender.appendValue(symbol, VARCHAR);
  appender.appendValue(BigInt(openTime), BIGINT);
  for (const price of [high, low, close]) appender.appendValue(price, DOUBLE);
  appender.endRow();
}
appender.closeSync();

const widest = `select symbol, make_timestamp(openTime * 1000)::varchar as minute, round(100 * (high - low) / low, 3) as percent
  from klines order by percent desc limit 5`;
console.table((await duck.runAndReadAll(widest)).getRowObjects());
