// Prints the last closed candles of a series, and says so when some are missing:
//   npx bun examples/read-series.ts [URL] [SYMBOL] [INTERVAL]
import { createClient } from "../src/client/mod.ts";
import { parseInterval, VyxError } from "../src/core/mod.ts";

const [url = "http://127.0.0.1:8080", symbol = "BTCUSDT", interval = "1m"] = process.argv.slice(2);

try {
  const client = createClient({ url });
  const answer = await client.klines(symbol, parseInterval(interval), { limit: 5, closed: true });
  for (const { openTime, open, high, low, close, volume } of answer.klines) {
    console.log(new Date(openTime).toISOString(), open, high, low, close, volume);
  }
  if (!answer.complete) console.log("some candles are missing or in doubt");
} catch (error) {
  if (!(error instanceof VyxError)) throw error;
  console.error(`${error.code}: ${error.message}${error.retryable ? " (try again later)" : ""}`);
  process.exitCode = 1;
}
